"""What was found in one image, whatever searched it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from fullconv.locate.detections import Found

if TYPE_CHECKING:
    from fullconv.convert.geometry import Geometry, Pair
    from fullconv.locate.levels.pyramid import Level

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class LevelScores:
    """The scores (H', W', C) of an image at `size` (h, w) pixels.

    `first` is the centre (y, x) of cell (0, 0), `step` the distance between cells, both in pixels of the image.
    `background` is the channel that is no object.
    """

    size: "Pair"
    scores: FloatArray
    first: tuple[float, float]
    step: tuple[float, float]
    background: int | None = None

    @cached_property
    def heat(self) -> FloatArray:
        """The highest probability (H', W') of an object in each cell: what is drawn."""
        objects = self.scores if self.background is None else np.delete(self.scores, self.background, axis=-1)
        highest: FloatArray = objects.max(axis=-1)
        return highest


class Told(Protocol):
    """What is told of a searched image, whatever its size: see `Located`."""

    @property
    def size(self) -> "Pair":
        """Its pixels (h, w)."""

    @property
    def labels(self) -> tuple[int, ...]:
        """Places in `Finder.sought` that were looked for."""

    @property
    def background(self) -> int | None:
        """The background's channel of its map."""

    @property
    def objects(self) -> list[Found]:
        """What was found, strongest first."""

    @property
    def top(self) -> list[tuple[int, float]]:
        """Its best channels and their probabilities."""

    @property
    def panels(self) -> "Pair":
        """Rows and columns of pictures that it is put together of."""

    @property
    def usual(self) -> float:
        """What its places score on the median."""


@dataclass(frozen=True)
class Located:
    """One image of `size` (h, w) pixels: its objects from the highest score down, and the maps they were read from.

    `scores` (H', W', C) are those of all levels fused, `geometry` says where their cells lie. A channel stands for
    what `Finder.sought` has at the place `labels` names; the background's, if there is one, comes last. `top` are the
    image's best channels of the classifier and their probabilities. `panels` are the rows and columns of pictures that
    it is put together of, where each was read by itself.
    """

    size: "Pair"
    scores: FloatArray
    geometry: "Geometry"
    labels: tuple[int, ...]
    background: int | None
    objects: list[Found]
    levels: list[LevelScores]
    top: list[tuple[int, float]]
    window: "Pair"
    panels: "Pair" = (1, 1)

    def enlarged(self, by: int, size: "Pair") -> "Located":
        """Return the same in pixels of an image of `size` that is larger by a whole factor."""
        grid = self.geometry
        window, stride, offset = ((by * down, by * across) for down, across in (grid.window, grid.stride, grid.offset))
        objects = [
            replace(one, bbox=(by * one.bbox[0], by * one.bbox[1], by * one.bbox[2], by * one.bbox[3]))
            for one in self.objects
        ]
        levels = [
            replace(
                one,
                first=(by * one.first[0], by * one.first[1]),
                step=(by * one.step[0], by * one.step[1]),
            )
            for one in self.levels
        ]
        return replace(self, size=size, geometry=type(grid)(window, stride, offset), objects=objects, levels=levels)

    @property
    def usual(self) -> float:
        """What the image's places score on the median."""
        return float(np.median(self.fused.heat))

    @property
    def fused(self) -> LevelScores:
        """The fused map, as a level of the image's own size."""
        stride = self.geometry.stride
        step = (float(stride[0]), float(stride[1]))
        return LevelScores(self.size, self.scores, self.geometry.center(0, 0), step, self.background)


def level_scores(
    levels: "Sequence[Level]", maps: Sequence[FloatArray], background: int | None = None
) -> list[LevelScores]:
    """Return the maps (H', W', C) of an image's levels with their places."""
    return [
        LevelScores(level.size, one, level.first, level.step, background)
        for level, one in zip(levels, maps, strict=True)
    ]


def best(probabilities: FloatArray, count: int) -> list[tuple[int, float]]:
    """Return the indices of the `count` highest of (K,) probabilities, and these, from the highest down."""
    order = np.argsort(-probabilities, kind="stable")[:count]
    return [(int(one), float(probabilities[one])) for one in order]
