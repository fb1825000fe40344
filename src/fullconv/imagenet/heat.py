"""Where in a photo a synset is: heat at several sizes, fused on one grid, and boxes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fullconv.config.schema import HeatmapConfig
from fullconv.convert.geometry import Geometry
from fullconv.errors import InputError
from fullconv.imagenet.crops import crops_of
from fullconv.imagenet.evidence import evidence_map, probability_map
from fullconv.imagenet.regions import Region, extent_of, regions_of
from fullconv.imagenet.sizes import sizes_of
from fullconv.locate.detections import Found
from fullconv.locate.fusion import fused, grid_of
from fullconv.locate.network import Network
from fullconv.locate.pyramid import Level, level_at
from fullconv.locate.scores import checked_images

if TYPE_CHECKING:
    import keras

    from fullconv.convert.conversion import Conversion
    from fullconv.convert.geometry import Pair

FloatArray = npt.NDArray[np.float32]

# Cells of the common grid are this much finer than those of the finest level, but not finer than so many a side.
_FINER, _MOST_CELLS = 2, 256


@dataclass(frozen=True)
class LevelHeat:
    """The probability of a synset in each cell (H', W') of a photo at `size` (h, w) pixels.

    `first` is the centre (y, x) of cell (0, 0), `step` the distance between cells, both in pixels of the photo.
    """

    size: "Pair"
    heat: FloatArray
    first: tuple[float, float]
    step: tuple[float, float]


@dataclass(frozen=True)
class PhotoHeat:
    """What was found in a photo of `size` (h, w) pixels.

    `levels` are the heat at each size, `fused` the same on one grid; `extent` (H', W'), on that grid, is how much a cell
    belongs to an object, from 0 to 1, and 0.5 where objects end; `found` the objects, boxes in pixels of the photo and label 0; `top` the photo's best classes
    and their probabilities.
    """

    size: "Pair"
    levels: list[LevelHeat]
    fused: LevelHeat
    extent: FloatArray
    found: list[Found]
    top: list[tuple[int, float]]


class PhotoLocator:
    """Searches photos for classes of a network that names whole images."""

    def __init__(self, classifier: "keras.Model", conversion: "Conversion", config: HeatmapConfig) -> None:
        """Take a classifier of RGB images in 0..1, its conversion, and the knobs of `conf/heatmap/`.

        Raises:
            InputError: a stride that is no divisor of the network's own.
        """
        self._classifier = classifier
        self._network = Network(conversion, config.stride)
        self._config = config
        # Cells of a window near the photo's border have their centre on it: there, its edges are repeated.
        centre = self._network.geometry.center(0, 0)
        self._border = (max(0, math.ceil(centre[0])), max(0, math.ceil(centre[1])))

    def __call__(self, photo: FloatArray, classes: Sequence[int]) -> PhotoHeat:
        """Return where any of `classes` is in a photo (H, W, 3) in 0..1.

        Raises:
            InputError: pixels or classes that cannot be, or sizes at which nothing can be seen.
        """
        pixels = checked_images(photo, self._network.channels)
        size = (pixels.shape[1], pixels.shape[2])
        levels = self._levels(size)
        heats, evidences = [], []
        for level in levels:
            scores = self._network(level.image(pixels), 1)
            heats.append(probability_map(scores, classes)[..., np.newaxis])
            evidences.append(evidence_map(scores, classes)[..., np.newaxis])
        grid, cells = _grid(levels, size)
        heat = fused(heats, levels, grid, cells, self._config.fuse)[0, ..., 0]
        evidence = fused(evidences, levels, grid, cells, "mean")[0, ..., 0]
        found, top = self._named(pixels[0], grid, regions_of(evidence), classes)
        return PhotoHeat(
            size=size,
            levels=[
                LevelHeat(level.size, one[0, ..., 0], level.first, level.step)
                for level, one in zip(levels, heats, strict=True)
            ],
            fused=LevelHeat(size, heat, grid.center(0, 0), (float(grid.stride[0]), float(grid.stride[1]))),
            extent=extent_of(evidence),
            found=found,
            top=top,
        )

    def _levels(self, size: "Pair") -> list[Level]:
        levels = [level_at(one, size, self._network, self._border) for one in sizes_of(self._config, size)]
        seen = [level for level in levels if level is not None]
        if not seen:
            raise InputError("heatmap.sizes", f"too small for {self._network.least}", "Give larger ones.")
        return seen

    def _named(
        self, photo: FloatArray, grid: Geometry, regions: list[Region], classes: Sequence[int]
    ) -> tuple[list[Found], list[tuple[int, float]]]:
        """Return what the classifier calls each region's part of the photo, and the photo's best classes."""
        boxes = [_box(region, grid, photo.shape[:2]) for region in regions]
        whole = (0.0, 0.0, float(photo.shape[1]), float(photo.shape[0]))
        window: Any = self._classifier.input_shape[1:3]
        scores = np.asarray(self._classifier(crops_of(photo, [whole, *boxes], window), training=False), np.float32)
        sure = probability_map(scores[1:], classes)
        found = [Found(0, float(score), box) for score, box in zip(sure, boxes, strict=True)]
        best = scores[:2].mean(axis=0)
        order = np.argsort(-best, kind="stable")[: self._config.top]
        return sorted(found, key=lambda one: -one.score), [(int(one), float(best[one])) for one in order]


def _grid(levels: list[Level], size: "Pair") -> tuple[Geometry, "Pair"]:
    """Return the common grid: square cells that tile the photo."""
    finest = min(min(level.step) for level in levels)
    side = max(1, round(finest / _FINER), math.ceil(max(size) / _MOST_CELLS))
    return grid_of(levels, size, Geometry((side, side), (side, side), (0, 0)))


def _box(region: Region, grid: Geometry, size: tuple[int, ...]) -> tuple[float, float, float, float]:
    """Return a region's box (x, y, w, h) in pixels, cut at the photo's border."""
    col, row, cols, rows = region.box
    left, top, _, _ = grid.box(row, col)
    right, bottom = min(left + cols * grid.stride[1], size[1]), min(top + rows * grid.stride[0], size[0])
    left, top = max(left, 0), max(top, 0)
    return float(left), float(top), float(right - left), float(bottom - top)
