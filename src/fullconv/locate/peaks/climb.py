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
from fullconv.locate.peaks.cells import ASKED, UNKNOWN, Cells, Doubles, Indices, offsets
from fullconv.locate.peaks.ladder import Ladder
from fullconv.locate.peaks.odds import log_odds, settled
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
    step = (ladder.logs[-1] - ladder.logs[0]) / max(1, len(ladder) - 1)
    every, first = (max(1, int(most / max(step, 1e-9) + 1e-6)) for most in (_APART, _BEYOND))
    chosen = list(range(min(first, len(ladder) // 2), len(ladder), every))
    # Beyond the last there is no more than before the first.
    return chosen if len(ladder) - 1 - chosen[-1] <= first else [*chosen, len(ladder) - 1]


class Climb:
    """The search of images of one size, from the peaks of their coarse maps up."""

    def __init__(
        self,
        ladder: Ladder,
        patches: Patches,
        cells: Cells,
        read: Callable[[FloatArray], FloatArray],
        background: int | None,
        floor: float,
        reach: "Pair",
    ) -> None:
        """Take cells of which none is known yet; `read` makes of the network's scores (n, K) what they hold."""
        self.cells = cells
        self._ladder, self._patches, self._read = ladder, patches, read
        self._background, self._reach = background, reach
        # Who asks for what is less likely gets it looked for, too.
        self._seed, self._promise = min(_SEED, floor), min(_PROMISE, floor * _PROMISE / _SEED)
        self._asked: list[Patch] = []

    def up(self, coarse: Cells, ladder: Ladder, numbers: Sequence[int], reach: "Pair", highest: FloatArray) -> None:
        """Climb from the peaks of coarse maps, whose levels are those `numbers` of the fine ones.

        `highest` (N, K), each image's best score of each of the network's channels, is raised to what is seen.
        """
        peaks = peaks_of(coarse, self._background, self._seed, reach, blocks=ladder.blocks)
        image, level = np.divmod(peaks.maps, len(ladder))
        maps = image * len(self._ladder) + np.array(numbers, np.intp)[level]
        self._ask(maps, ladder.centres(peaks.maps, peaks.place), 1)
        for _ in range(_ROUNDS):
            if not self._asked:
                return
            self._compute(highest)
            blocks = self._ladder.blocks
            self._beside(peaks_of(self.cells, self._background, self._promise, self._reach, blocks=blocks))

    def _compute(self, highest: FloatArray) -> None:
        asked, self._asked = list(self._patches.worth(self._asked)), []
        for corners, scores in self._patches.computed(asked):
            np.maximum.at(highest, corners[:, 0] // len(self._ladder), scores.max(axis=(1, 2)))
            down, across = np.mgrid[: scores.shape[1], : scores.shape[2]]
            maps, rows, cols = (
                (corners[:, place, np.newaxis, np.newaxis] + move).ravel()
                for place, move in enumerate((0 * down, down, across))
            )
            self.cells.add(maps, rows, cols, self._read(scores.reshape(-1, scores.shape[-1])))

    def _beside(self, peaks: Peaks) -> None:
        """Ask for what the peaks lack that nothing known beside them exceeds: cells around them, levels beside."""
        centres = self._ladder.centres(peaks.maps, peaks.place)
        below, above = (self._odds(peaks, step, centres) for step in (-1, 1))
        own_odds = settled(peaks.odds)
        highest = ~((below > own_odds) | (above > own_odds))
        own = self._ladder.centres(peaks.maps, np.stack([peaks.rows, peaks.cols], axis=1).astype(np.float64))
        self._ask(peaks.maps[highest], own[highest], 1)
        sure = highest & np.isfinite(below) & np.isfinite(above) & (peaks.odds > _SURE)
        for step, which, more in ((-1, highest, 1), (1, highest, 1), (-2, sure, 0), (2, sure, 0)):
            asked = which & self._ladder.has(peaks.maps, step)
            self._ask(peaks.maps[asked] + step, centres[asked], more)

    def _odds(self, peaks: Peaks, step: int, centres: Doubles) -> Doubles:
        """Return the highest log-odds (n,) in the nine cells around centres, `step` levels away; NaN if not known."""
        odds = np.full(len(centres), np.nan)
        (there,) = np.nonzero(self._ladder.has(peaks.maps, step))
        maps = peaks.maps[there] + step
        at, _ = self._ladder.nearest(maps, centres[there])
        down, across = offsets((1, 1))
        near = self.cells.find(maps[:, np.newaxis], at[:, :1] + down, at[:, 1:] + across)
        known = near[:, len(down) // 2] >= 0
        there, near = there[known], near[known]
        values = settled(log_odds(self.cells.table[near], np.broadcast_to(peaks.labels[there, np.newaxis], near.shape)))
        odds[there] = np.where(near >= 0, values, -np.inf).max(axis=1)
        return odds

    def _ask(self, maps: Indices, centres: Doubles, more: int) -> None:
        """Ask for the cells within the reach of centres, and `more` around them, unless these are known."""
        at, _ = self._ladder.nearest(maps, centres)
        lacking = ~self.cells.complete(maps, at[:, 0], at[:, 1], self._reach)
        for number, place in zip(maps[lacking].tolist(), at[lacking].tolist(), strict=True):
            known = self.cells.known(number)
            inner = tuple(slice(max(0, at - by), at + by + 1) for at, by in zip(place, self._reach, strict=True))
            if (known[inner] == UNKNOWN).any():
                rows, cols = (
                    _span(at, by + more, most) for at, by, most in zip(place, self._reach, known.shape, strict=True)
                )
                part = known[slice(*rows), slice(*cols)]
                part[part == UNKNOWN] = ASKED
                self._asked.append(Patch(number, rows, cols))


def _span(at: int, by: int, most: int) -> "Pair":
    """Return `2·by + 1` cells around one, moved into a map of `most`; all of a smaller map."""
    length = min(2 * by + 1, most)
    start = min(max(0, at - by), most - length)
    return start, start + length
