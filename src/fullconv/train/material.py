"""What each epoch trains on: the same images, or windows drawn anew."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from fullconv.config.schema import BackgroundConfig
from fullconv.data.windows.windows import Windows, apart
from fullconv.train.sample import some_of

_PURPOSE, _SHOWN = 3, 4  # of random streams; training's own are 0 to 2


class Material(Protocol):
    """What each epoch trains on."""

    def epoch(self, number: int) -> Windows:
        """Return the windows of an epoch, as many and of the same size each time; epochs count from 0."""

    def sample(self, count: int) -> Windows:
        """Return at most `count` windows as epochs have them, the same however far a training is."""


class Fixed:
    """The same images in every epoch."""

    def __init__(self, images: npt.NDArray[np.uint8], labels: npt.NDArray[np.int32]) -> None:
        """Take images `(N, H, W, C)` and their classes `(N,)`."""
        self._windows = Windows(images, labels)

    def epoch(self, number: int) -> Windows:
        """Return the images."""
        return self._windows

    def sample(self, count: int) -> Windows:
        """Return some of the images."""
        return some_of(self._windows, count)


class Source(Protocol):
    """What windows are drawn from."""

    def draw(self, count: int, seed: Sequence[int]) -> Windows:
        """Return `count` windows that depend on `seed`, and on what the source has learnt, alone."""


class Drawn:
    """Windows drawn anew for each epoch, the background's where the model is most mistaken."""

    def __init__(
        self,
        source: Source,
        config: BackgroundConfig,
        seed: int,
        score: Callable[[Any], npt.NDArray[Any]],
        rounds: Sequence[int] = (),
        learn: Callable[[int], None] = lambda number: None,
    ) -> None:
        """Draw `config.windows` from `source`; `score` gives class probabilities `(N, K)`, the background last.

        Before the epochs `rounds`, `learn` lets the source learn of what the model has become.
        """
        self._source, self._config, self._seed, self._score = source, config, seed, score
        self._rounds, self._learn, self._learnt = rounds, learn, -1
        self._last: tuple[int, Windows] | None = None

    def epoch(self, number: int) -> Windows:
        """Return the windows of an epoch; with `hardest`, chosen by what the model is now."""
        if self._last is None or self._last[0] != number:
            self._last = number, self._draw(number)
        return self._last[1]

    def sample(self, count: int) -> Windows:
        """Return windows that depend on the seed alone; none was chosen by what a model is."""
        return self._source.draw(min(count, self._config.windows), (self._seed, _SHOWN))

    def _draw(self, number: int) -> Windows:
        config = self._config
        due = max((one for one in self._rounds if one <= number), default=-1)
        if due > self._learnt:
            self._learn(due)
            self._learnt = due
        seed = (self._seed, _PURPOSE, number)
        mined = number > 0 and config.hardest > 1
        more = 1 + config.share * (config.hardest - 1) if mined else 1
        drawn = self._source.draw(round(config.windows * more), seed)
        return hardest(drawn, config.windows, self._score) if mined else drawn


def hardest(windows: Windows, count: int, score: Callable[[Any], npt.NDArray[Any]]) -> Windows:
    """Return `count` of the windows: the first ones' objects, and those of the background least taken for it."""
    without = apart(windows)
    kept, candidates = np.flatnonzero(~without[:count]), np.flatnonzero(without)
    mistaken = 1 - score(windows.images[candidates])[:, -1]
    worst = candidates[np.argsort(-mistaken, kind="stable")[: count - len(kept)]]
    return windows.of(np.sort(np.concatenate([kept, worst])))
