"""Maps of synsets at several sizes of a photo, brought to one grid."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fullconv.convert.geometry import Geometry
from fullconv.locate.levels.fusion import fused, grid_of
from fullconv.locate.levels.pyramid import Level

if TYPE_CHECKING:
    from fullconv.convert.geometry import Pair

FloatArray = npt.NDArray[np.float32]

# Cells of the common grid are this much finer than those of the finest level, but not finer than so many a side.
_FINER, _MOST_CELLS = 2, 256

CONFIDENT = "confident"
# Where no level sees anything, all weigh alike.
_LEAST_WEIGHT = 1e-6


@dataclass(frozen=True)
class LevelMaps:
    """Maps of S synsets, `(S, H', W')` at each level of a photo of `size` (h, w) pixels."""

    size: "Pair"
    levels: Sequence[Level]
    maps: Sequence[FloatArray]

    def at(self, sizes: "Sequence[Pair]") -> "LevelMaps":
        """Return the maps of the levels of these sizes (h, w) in pixels."""
        kept = [place for place, level in enumerate(self.levels) if level.size in sizes]
        return LevelMaps(self.size, [self.levels[place] for place in kept], [self.maps[place] for place in kept])

    def grid(self) -> tuple[Geometry, "Pair"]:
        """Return the geometry and the shape of the common grid: square cells that tile the photo."""
        finest = min(min(level.step) for level in self.levels)
        side = max(1, round(finest / _FINER), math.ceil(max(self.size) / _MOST_CELLS))
        return grid_of(self.levels, self.size, Geometry((side, side), (side, side), (0, 0)))

    def fused(self, fuse: str) -> FloatArray:
        """Return the maps `(S, H', W')` on the common grid: their `mean`, `geometric` mean or `max` over the levels.

        `confident` is a geometric mean in which a level weighs as much as its highest value: a size at which the
        synset is not seen has no veto.
        """
        weights = None
        if fuse == CONFIDENT:
            fuse, weights = "geometric", np.stack([one.max(axis=(1, 2)) for one in self.maps])
            weights = np.maximum(weights, _LEAST_WEIGHT)
        # Synsets lie on the axis of images: along that of classes, a geometric mean could be made to sum to 1.
        maps = [one[..., np.newaxis] for one in self.maps]
        return fused(maps, self.levels, *self.grid(), fuse, weights=weights)[..., 0]
