"""Where in a photo a synset is: heat at several sizes, fused on one grid, and boxes."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fullconv.config.schema import HeatmapConfig
from fullconv.convert.geometry import Geometry
from fullconv.errors import InputError
from fullconv.locate.detections import Found
from fullconv.locate.levels.maps import LevelMaps
from fullconv.locate.levels.network import Network
from fullconv.locate.levels.pyramid import level_at
from fullconv.locate.levels.scores import checked_images
from fullconv.locate.levels.sizes import sizes_of
from fullconv.locate.regions.boxes import Region, extent_of, regions_of
from fullconv.locate.regions.crops import crops_of
from fullconv.locate.regions.evidence import evidence_map, probability_map

if TYPE_CHECKING:
    import keras

    from fullconv.convert.conversion import Conversion
    from fullconv.convert.geometry import Pair

FloatArray = npt.NDArray[np.float32]
Box = tuple[float, float, float, float]


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

    `levels` are the heat at each size, `fused` the same on one grid; `extent` (H', W'), on that grid, is how much a
    cell belongs to an object, from 0 to 1, and 0.5 where objects end; `found` the objects, boxes in pixels of the photo
    and label 0, with the classifier's probability on the box's part of the photo; `top` the photo's best classes and
    their probabilities, the mean over the whole photo and the part with the strongest evidence.
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
        _, height, width, _ = checked_images(photo, self._network.channels).shape
        sizes = sizes_of(self._config, (height, width))
        heat, evidence = self.maps(
            photo, sizes, lambda scores: probability_map(scores, classes), lambda scores: evidence_map(scores, classes)
        )
        return self.read(photo, classes, heat, evidence)

    def maps(
        self, photo: FloatArray, sizes: "Sequence[Pair]", *kinds: Callable[[FloatArray], FloatArray]
    ) -> list[LevelMaps]:
        """Return what each of `kinds` makes of the scores (1, H', W', K) at each of `sizes`: maps (S, H', W').

        The scores of one size are in memory at a time; sizes at which nothing can be seen are left out.

        Raises:
            InputError: pixels that cannot be, or nothing can be seen at any of the sizes.
        """
        pixels = checked_images(photo, self._network.channels)
        size = (pixels.shape[1], pixels.shape[2])
        found = [level_at(one, size, self._network, self._border) for one in sizes]
        levels = [level for level in found if level is not None]
        if not levels:
            raise InputError("heatmap.sizes", f"too small for {self._network.least}", "Give larger ones.")
        made: list[list[FloatArray]] = [[] for _ in kinds]
        for level in levels:
            scores = self._network(level.image(pixels), 1)
            for maps, kind in zip(made, kinds, strict=True):
                maps.append(kind(scores))
        return [LevelMaps(size, levels, maps) for maps in made]

    def read(self, photo: FloatArray, classes: Sequence[int], heat: LevelMaps, evidence: LevelMaps) -> PhotoHeat:
        """Return what the maps (1, H', W') of the heat and of the evidence of `classes` say about their photo."""
        (grid, _), whole = heat.grid(), evidence.fused("mean")[0]
        boxes = [_box(region, grid, heat.size) for region in regions_of(whole)]
        found, top = self._named(photo, boxes, classes)
        step = (float(grid.stride[0]), float(grid.stride[1]))
        return PhotoHeat(
            size=heat.size,
            levels=[
                LevelHeat(level.size, one[0], level.first, level.step)
                for level, one in zip(heat.levels, heat.maps, strict=True)
            ],
            fused=LevelHeat(heat.size, heat.fused(self._config.fuse)[0], grid.center(0, 0), step),
            extent=extent_of(whole),
            found=found,
            top=top,
        )

    def _named(
        self, photo: FloatArray, boxes: list[Box], classes: Sequence[int]
    ) -> tuple[list[Found], list[tuple[int, float]]]:
        """Return what the classifier calls each box's part of the photo, and the photo's best classes."""
        whole = (0.0, 0.0, float(photo.shape[1]), float(photo.shape[0]))
        window: Any = self._classifier.input_shape[1:3]
        scores = np.asarray(self._classifier(crops_of(photo, [whole, *boxes], window), training=False), np.float32)
        sure = probability_map(scores[1:], classes)
        floor = self._config.floor
        found = [Found(0, float(score), box) for score, box in zip(sure, boxes, strict=True) if score >= floor]
        best = scores[:2].mean(axis=0)
        order = np.argsort(-best, kind="stable")[: self._config.top]
        return sorted(found, key=lambda one: -one.score), [(int(one), float(best[one])) for one in order]


def _box(region: Region, grid: Geometry, size: tuple[int, ...]) -> Box:
    """Return a region's box (x, y, w, h) in pixels, cut at the photo's border."""
    col, row, cols, rows = region.box
    left, top, _, _ = grid.box(row, col)
    right, bottom = min(left + cols * grid.stride[1], size[1]), min(top + rows * grid.stride[0], size[0])
    left, top = max(left, 0), max(top, 0)
    return float(left), float(top), float(right - left), float(bottom - top)
