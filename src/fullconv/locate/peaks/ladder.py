"""The levels of images as arrays: where cells of any of their maps lie, and how large what they show is."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from fullconv.locate.levels.pyramid import Level
from fullconv.locate.peaks.cells import Doubles, Indices


class Ladder:
    """The L levels of images of one size, from the smallest objects up; image i's level k is map i·L + k."""

    def __init__(self, levels: Sequence[Level]) -> None:
        """Take at least one level."""
        self.levels = tuple(levels)
        self.logs: Doubles = np.log([level.object_size[0] for level in levels])
        self._frames: Doubles = np.array([level.object_size for level in levels])
        self._first, self._step = (np.array([getattr(level, key) for level in levels]) for key in ("first", "step"))
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
        centres: Doubles = self._first[level] + places * self._step[level]
        return centres

    def nearest(self, maps: Indices, centres: Doubles) -> tuple[Indices, Doubles]:
        """Return the cells (n, 2) of maps nearest to centres (n, 2) in pixels, and how far off these lie in cells."""
        level = maps % len(self)
        places = (centres - self._first[level]) / self._step[level]
        cells = np.clip(np.rint(places), 0, self._last[level]).astype(np.intp)
        return cells, places - cells
