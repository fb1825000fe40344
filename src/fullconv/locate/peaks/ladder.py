"""The levels of an image as arrays: where cells of any of them lie, and how large what they show is."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from fullconv.locate.levels.pyramid import Level
from fullconv.locate.peaks.cells import Doubles, Indices


class Ladder:
    """Levels (L,) from the smallest objects up."""

    def __init__(self, levels: Sequence[Level]) -> None:
        """Take at least one level."""
        self.levels = tuple(levels)
        self.shapes = [level.cells for level in levels]
        self.object_size: Doubles = np.array([level.object_size for level in levels])
        self.logs: Doubles = np.log(self.object_size[:, 0])
        self._first, self._step = (np.array([getattr(level, key) for level in levels]) for key in ("first", "step"))
        self._last = np.array(self.shapes, np.intp) - 1

    def has(self, levels: Indices) -> npt.NDArray[np.bool_]:
        """Return which numbers are those of a level."""
        return (levels >= 0) & (levels < len(self.levels))

    def centres(self, levels: Indices, places: Doubles) -> Doubles:
        """Return places (n, 2) in cells of their levels (n,), in pixels of the image."""
        centres: Doubles = self._first[levels] + places * self._step[levels]
        return centres

    def nearest(self, levels: Indices, centres: Doubles) -> tuple[Indices, Doubles]:
        """Return the cells (n, 2) nearest to centres (n, 2) in pixels, and how far off these lie in cells."""
        places = (centres - self._first[levels]) / self._step[levels]
        cells = np.clip(np.rint(places), 0, self._last[levels]).astype(np.intp)
        return cells, places - cells
