"""Coarse to fine: a few levels at the network's own stride say where anything is, finer cells what and how large.

An object shows on levels of almost its size and at cells some pixels off its middle, only weaker: a score falls
gradually in place and size. So every third level is computed at the network's own stride, and from the peaks there the
search climbs, on the levels and cells of the full search, to where no neighbour is higher. What is read of those cells
is what would be read of all.
"""

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fullconv.locate.levels.patches import Patch, Patches
from fullconv.locate.peaks.cells import ASKED, UNKNOWN, Cells, Doubles, Indices
from fullconv.locate.peaks.ladder import Ladder
from fullconv.locate.peaks.odds import log_odds
from fullconv.locate.peaks.places import Peaks, peaks_of

if TYPE_CHECKING:
    from fullconv.convert.geometry import Pair

FloatArray = npt.NDArray[np.float32]

# How far apart the levels of the coarse look are at most, and the first of them from the smallest objects, as the
# logarithm of a ratio of sizes: an object is within a level and a half of one of them, and the largest image costs the
# most.
_APART, _BEYOND = 3 * math.log(1.19), 2 * math.log(1.19)
# Probability of a coarse peak from which finer cells are computed, and of a fine one from which its neighbours are.
_SEED, _PROMISE = 0.05, 0.12
# Log-odds from which the levels two away are read as well: they make the size exact.
_SURE = 0.0
_ROUNDS = 8


def coarse_levels(ladder: Ladder) -> list[int]:
    """Return which levels the coarse look takes, one at least."""
    count = len(ladder.levels)
    step = (ladder.logs[-1] - ladder.logs[0]) / max(1, count - 1)
    every, first = (max(1, int(most / max(step, 1e-9) + 1e-6)) for most in (_APART, _BEYOND))
    return list(range(min(first, count // 2), count, every))


class Climb:
    """The search of one image, from the peaks of its coarse maps up."""

    def __init__(
        self,
        ladder: Ladder,
        patches: Patches,
        cells: Cells,
        read: Callable[[FloatArray], FloatArray],
        background: int | None,
        reach: "Pair",
    ) -> None:
        """Take cells of which none is known yet; `read` makes of the network's scores (n, K) what they hold.

        `highest` (K,) will be the best score of each of the network's channels in what is computed.
        """
        self.cells = cells
        self.highest: FloatArray = np.zeros(1, np.float32)
        self._ladder, self._patches, self._read = ladder, patches, read
        self._background, self._reach = background, reach
        self._asked: list[Patch] = []

    def start(self, coarse: Cells, ladder: Ladder, numbers: Sequence[int], reach: "Pair") -> None:
        """Climb from the peaks of coarse maps, whose levels are those `numbers` of the fine ones."""
        peaks = peaks_of(coarse, self._background, _SEED, reach)
        levels = np.array(numbers, np.intp)[peaks.levels]
        self._ask(levels, ladder.centres(peaks.levels, peaks.place), 1)
        for _ in range(_ROUNDS):
            if not self._asked:
                return
            self._compute()
            self._beside(peaks_of(self.cells, self._background, _PROMISE, self._reach))

    def _compute(self) -> None:
        asked, self._asked = list(self._patches.worth(self._asked)), []
        for levels, rows, cols, scores in self._patches.computed(asked):
            self.highest = np.maximum(self.highest, scores.max(axis=0))
            self.cells.add(levels, rows, cols, self._read(scores))

    def _beside(self, peaks: Peaks) -> None:
        """Ask for what the peaks lack that nothing known beside them exceeds: cells around them, levels beside."""
        centres = self._ladder.centres(peaks.levels, peaks.place)
        below, above = (self._odds(peaks.levels + step, centres, peaks.labels) for step in (-1, 1))
        highest = ~((below > peaks.odds) | (above > peaks.odds))
        own = self._ladder.centres(peaks.levels, np.stack([peaks.rows, peaks.cols], axis=1).astype(np.float64))
        self._ask(peaks.levels[highest], own[highest], 1)
        for step in (-1, 1):
            self._ask(peaks.levels[highest] + step, centres[highest], 1)
        sure = highest & np.isfinite(below) & np.isfinite(above) & (peaks.odds > _SURE)
        for step in (-2, 2):
            self._ask(peaks.levels[sure] + step, centres[sure], 0)

    def _odds(self, levels: Indices, centres: Doubles, labels: Indices) -> Doubles:
        """Return the highest log-odds (n,) of classes in the nine cells around centres; NaN if not known."""
        odds = np.full(len(levels), np.nan)
        (there,) = np.nonzero(self._ladder.has(levels))
        at, _ = self._ladder.nearest(levels[there], centres[there])
        down, across = np.mgrid[-1:2, -1:2].reshape(2, 1, 9)
        near = self.cells.find(levels[there, np.newaxis], at[:, :1] + down, at[:, 1:] + across)
        there, near = there[near[:, 4] >= 0], near[near[:, 4] >= 0]
        values = log_odds(self.cells.table[near], np.broadcast_to(labels[there, np.newaxis], near.shape))
        odds[there] = np.where(near >= 0, values, -np.inf).max(axis=1)
        return odds

    def _ask(self, levels: Indices, centres: Doubles, more: int) -> None:
        """Ask for the cells within the reach of centres, and `more` around them, unless these are known."""
        there = self._ladder.has(levels)
        levels, centres = levels[there], centres[there]
        at, _ = self._ladder.nearest(levels, centres)
        lacking = ~self.cells.complete(levels, at[:, 0], at[:, 1], self._reach)
        for level, place in zip(levels[lacking].tolist(), at[lacking].tolist(), strict=True):
            known = self.cells.known(level)
            inner = tuple(slice(max(0, at - by), at + by + 1) for at, by in zip(place, self._reach, strict=True))
            if (known[inner] == UNKNOWN).any():
                rows, cols = (
                    _span(at, by + more, most) for at, by, most in zip(place, self._reach, known.shape, strict=True)
                )
                part = known[slice(*rows), slice(*cols)]
                part[part == UNKNOWN] = ASKED
                self._asked.append(Patch(level, rows, cols))


def _span(at: int, by: int, most: int) -> "Pair":
    """Return `2·by + 1` cells around one, moved into a map of `most`; all of a smaller map."""
    length = min(2 * by + 1, most)
    start = min(max(0, at - by), most - length)
    return start, start + length
