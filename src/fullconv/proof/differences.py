"""How far two sets of scores are apart."""

import numpy as np
import numpy.typing as npt

from fullconv.proof.decisions import BEST, Decision

Scores = npt.NDArray[np.float32]  # (N, K)

# Scores that vary by less than this share of the largest one could agree by chance: equality proves little.
HARDLY = 0.05
BY_BEST = Decision(BEST)


class Differences:
    """Differences between scores `(N, K)` and what they should be, gathered batch by batch.

    Each figure is None until something was compared. `decision` says when two rows agree.
    """

    def __init__(self, decision: Decision | None = BY_BEST) -> None:
        self.count = 0
        self._decision = decision
        self._largest = 0.0
        self._sum = 0.0
        self._agreeing = 0
        self._size = 0.0
        self._low = self._high = np.empty(0)

    def add(self, wanted: Scores, got: Scores) -> None:
        """Compare one batch."""
        truth = wanted.astype(np.float64)
        difference = np.abs(truth - got)
        # NaN would hide in max(): it is as far from equal as can be.
        difference[np.isnan(difference)] = np.inf
        self._low = np.minimum(self._low, truth.min(axis=0)) if self.count else truth.min(axis=0)
        self._high = np.maximum(self._high, truth.max(axis=0)) if self.count else truth.max(axis=0)
        self.count += len(truth)
        self._largest = max(self._largest, float(difference.max()))
        self._sum += float(difference.mean(axis=1).sum())
        self._size = max(self._size, float(np.abs(truth).max()))
        if self._decision is not None:
            self._agreeing += int(self._decision.agreeing(wanted, got).sum())

    @property
    def largest(self) -> float | None:
        """The largest absolute difference of one score."""
        return self._largest if self.count else None

    @property
    def mean(self) -> float | None:
        """The mean absolute difference of a score."""
        return self._sum / self.count if self.count else None

    @property
    def agreement(self) -> float | None:
        """The share of rows that decide alike; None too where scores decide nothing."""
        return self._agreeing / self.count if self.count and self._decision is not None else None

    @property
    def size(self) -> float | None:
        """The largest absolute score."""
        return self._size if self.count else None

    @property
    def spread(self) -> float | None:
        """How far one class's score lies apart between two rows, at most."""
        return float((self._high - self._low).max()) if self.count else None


def share_of_size(spread: float | None, size: float | None) -> float | None:
    """Return a spread as a share of the largest score; 0 where every score is 0, None where nothing was compared."""
    if spread is None or size is None:
        return None
    return spread / size if size else 0.0


def hardly_differ(spread: float | None, size: float | None) -> bool:
    """Return whether scores are so alike that equality proves little."""
    share = share_of_size(spread, size)
    return share is not None and not share >= HARDLY
