"""The levels of images as arrays: where cells of any of their maps lie, and how large what they show is."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from fullconv.locate.levels.pyramid import Level
from fullconv.locate.peaks.cells import Doubles, Indices

if TYPE_CHECKING:
    from fullconv.convert.geometry import Pair

# Of two cells that are as near the first is taken, whatever the last bits say: a part has others than its whole.
_HALF = 0.5 - 1e-6


class Blocks(NamedTuple):
    """Blocks of an image in which so many candidates are read as there may be; pairs are `(y, x)`, in pixels."""

    first: tuple[float, float]
    side: tuple[float, float]
    shape: "Pair"

    def of(self, centres: Doubles) -> Indices:
        """Return the numbers (n,) of the blocks that centres (n, 2) lie in; outside lies in the outermost."""
        places = np.floor((centres - self.first) / self.side).astype(np.intp)
        rows, cols = np.clip(places, 0, np.array(self.shape) - 1).T
        numbers: Indices = rows * self.shape[1] + cols
        return numbers


class Ladder:
    """The L levels of images of one size, from the smallest objects up; image i's level k is map i·L + k."""

    def __init__(self, levels: Sequence[Level], blocks: Blocks) -> None:
        """Take at least one level, and the blocks of an image."""
        self.levels, self.cut = tuple(levels), blocks
        self.logs: Doubles = np.log([level.object_size[0] for level in levels])
        self._frames: Doubles = np.array([level.object_size for level in levels])
        # Of parts to the last bit as of whole levels: boxes about cells may touch, or measure just so much as others.
        self._first: Doubles = np.array([level.whole or level.first for level in levels])
        self._step, self._origin = (np.array([getattr(level, key) for level in levels]) for key in ("step", "origin"))
        self._last = np.array([level.cells for level in levels], np.intp) - 1

    def __len__(self) -> int:
        """Return the number of levels."""
        return len(self.levels)

    def has(self, maps: Indices, step: int) -> npt.NDArray[np.bool_]:
        """Return for which maps (n,) there is a level `step` further up."""
        level = maps % len(self) + step
        there: npt.NDArray[np.bool_] = (level >= 0) & (level < len(self))
        return there

    def frames(self, maps: Indices) -> Doubles:
        """Return what the window measures (n, 2) on maps (n,), in pixels of the image."""
        frames: Doubles = self._frames[maps % len(self)]
        return frames

    def centres(self, maps: Indices, places: Doubles) -> Doubles:
        """Return places (n, 2) in cells of maps (n,), in pixels of the image."""
        level = maps % len(self)
        centres: Doubles = self._first[level] + (places + self._origin[level]) * self._step[level]
        return centres

    def blocks(self, maps: Indices, rows: Indices, cols: Indices) -> Indices:
        """Return numbers (n,), one for each block of each image, of the blocks that cells (n,) of maps lie in."""
        own = self.cut.of(self.centres(maps, np.stack([rows, cols], axis=1).astype(np.float64)))
        numbers: Indices = maps // len(self) * (self.cut.shape[0] * self.cut.shape[1]) + own
        return numbers

    def nearest(self, maps: Indices, centres: Doubles) -> tuple[Indices, Doubles]:
        """Return the cells (n, 2) of maps nearest to centres (n, 2) in pixels, and how far off these lie in cells."""
        level = maps % len(self)
        places = (centres - self._first[level]) / self._step[level] - self._origin[level]
        cells = np.clip(np.floor(places + _HALF), 0, self._last[level]).astype(np.intp)
        return cells, places - cells
