"""Regions of evidence: heat at several sizes of an image, fused on one grid, and boxes around what stands out."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fullconv.convert.geometry import Geometry
from fullconv.errors import InputError
from fullconv.locate.checks import checked_probabilities
from fullconv.locate.detections import Found
from fullconv.locate.evidence import probability_map
from fullconv.locate.finder import Finder
from fullconv.locate.levels.budget import Budget
from fullconv.locate.levels.maps import LevelMaps
from fullconv.locate.levels.network import Network
from fullconv.locate.levels.pyramid import Level, level_at
from fullconv.locate.levels.scores import checked_images
from fullconv.locate.levels.sizes import sizes_of
from fullconv.locate.located import Located, best, level_scores
from fullconv.locate.peaks.suppression import kept
from fullconv.locate.regions.boxes import Region, extent_of, regions_of
from fullconv.locate.regions.crops import crops_of

if TYPE_CHECKING:
    from fullconv.convert.geometry import Pair

FloatArray = npt.NDArray[np.float32]
Box = tuple[float, float, float, float]

MANY = 50  # things to look for, from which on only an image's best one is


@dataclass(frozen=True)
class Regions:
    """What was read off the maps of an image.

    `extents` (S, H', W'), one of each thing that was looked for, are how much a cell belongs to it, from 0 to 1, and
    0.5 where objects end; `objects` have the classifier's probability on the box's part of the image; `top` are the
    image's best channels: the mean over the whole image and the part with the strongest evidence.
    """

    extents: FloatArray
    objects: list[Found]
    top: list[tuple[int, float]]


class RegionReader:
    """Searches images for what a finder seeks by regions of evidence."""

    def __init__(self, finder: Finder) -> None:
        """Take what searches.

        Raises:
            InputError: a stride that is no divisor of the network's own.
        """
        self.finder = finder
        config = finder.config
        self._network = Network(finder.conversion, config.stride, config.engine, finder.scaled, finder.outputs)
        own, stride = finder.conversion.geometry.stride, self._network.geometry.stride
        self._budget = Budget(finder.conversion, config.memory, math.prod(own) / math.prod(stride))
        # Cells of a window near the image's border have their centre on it: there, its edges are repeated.
        centre = self._network.geometry.center(0, 0)
        self._levels: dict[tuple[Pair, Pair], Level | None] = {}
        self._border = (max(0, math.ceil(centre[0])), max(0, math.ceil(centre[1])))

    def fits(self, height: int, width: int) -> bool:
        """Return whether an image of that many pixels is large enough for a level."""
        return bool(self._seen((height, width)))

    def _seen(self, size: "Pair") -> list[Level]:
        """Return the levels at which an image of `size` pixels is searched, before it is asked what they take."""
        sizes = sizes_of(self.finder.config, size, self._network.window)
        return [level for one in sizes if (level := self._level(one, size)) is not None]

    def _level(self, small: "Pair", size: "Pair") -> Level | None:
        # Keras walks the whole network to say how many cells an image has; images are often of one size.
        if (small, size) not in self._levels:
            self._levels[small, size] = level_at(small, size, self._network, self._border)
        return self._levels[small, size]

    def __call__(self, images: Any, wanted: Sequence[int] | None = None) -> list[Located]:
        """Return what is in images (N, H, W, C) in 0..1; `wanted` are the places in `Finder.sought` to look for.

        Not given, all of them are; of more than `MANY` only that which the classifier finds best in the whole image.

        Raises:
            InputError: pixels that cannot be, sizes at which nothing can be seen, or scores that are no probabilities.
        """
        pixels, every = checked_images(images, self._network.channels), list(range(len(self.finder.sought)))
        if wanted is None and len(every) > MANY:
            return [self._located(one, [self._best(one, every)]) for one in pixels]
        return [self._located(one, every if wanted is None else list(wanted)) for one in pixels]

    def _located(self, image: FloatArray, places: list[int]) -> Located:
        classes = [self.finder.sought[place].channels for place in places]
        size = (image.shape[0], image.shape[1])
        kinds = (partial(_stacked, probability_map, classes), partial(_stacked, self.finder.evidence, classes))
        sizes = [level.size for level in self._budget.affordable(self._seen(size))]
        heat, evidence = self.maps(image, sizes, *kinds)
        read = self.read(image, places, evidence)
        return Located(
            size=size,
            scores=np.moveaxis(heat.fused(self.finder.fuse), 0, -1),
            geometry=heat.grid()[0],
            labels=tuple(places),
            background=None,
            objects=read.objects,
            levels=level_scores(heat.levels, [np.moveaxis(one, 0, -1) for one in heat.maps]),
            top=read.top,
            window=self._network.window,
        )

    def _best(self, image: FloatArray, places: list[int]) -> int:
        """Return the place of what the classifier finds best in the whole image."""
        (scores,) = self._named(image, [])
        sure = [float(probability_map(scores, self.finder.sought[place].channels)) for place in places]
        return places[int(np.argmax(sure))]

    def maps(
        self, image: FloatArray, sizes: "Sequence[Pair]", *kinds: Callable[[FloatArray], FloatArray]
    ) -> list[LevelMaps]:
        """Return what each of `kinds` makes of the scores (1, H', W', K) at each of `sizes`: maps (S, H', W').

        The scores of one size are in memory at a time; sizes at which nothing can be seen are left out.

        Raises:
            InputError: pixels that cannot be, nothing can be seen at any of the sizes, or no probabilities.
        """
        pixels = checked_images(image, self._network.channels)
        size = (pixels.shape[1], pixels.shape[2])
        levels = [level for one in sizes if (level := self._level(one, size)) is not None]
        if not levels:
            raise InputError("locate.levels", f"too small for {self._network.least}", "Give larger ones.")
        made: list[list[FloatArray]] = [[] for _ in kinds]
        for level in levels:
            scores = self._network(level.image(pixels), 1)
            checked_probabilities(scores[0])
            for maps, kind in zip(made, kinds, strict=True):
                maps.append(kind(scores))
        return [LevelMaps(size, levels, maps) for maps in made]

    def read(self, image: FloatArray, places: Sequence[int], evidence: LevelMaps) -> Regions:
        """Return what the maps (S, H', W') of the evidence for what `places` seek say about their image."""
        return self.read_each(image, places, [evidence])[0]

    def read_each(self, image: FloatArray, places: Sequence[int], evidences: Sequence[LevelMaps]) -> list[Regions]:
        """Return the same of several maps of one image; the classifier names what all of them show in one go."""
        wholes = [evidence.fused("mean") for evidence in evidences]
        found = [_found(places, whole, evidence) for whole, evidence in zip(wholes, evidences, strict=True)]
        scores = self._named(image, [box for one in found for _, _, box in one])
        read, first = [], 1
        for whole, one in zip(wholes, found, strict=True):
            named = scores[first : first + len(one)]
            first += len(one)
            objects = [
                Found(place, float(probability_map(sure, self.finder.sought[place].channels)), box)
                for (place, _, box), sure in zip(one, named, strict=True)
            ]
            likely = [each for each in objects if each.score >= self.finder.config.floor]
            # With the strongest region the whole image says what it shows.
            top = best(np.concatenate([scores[:1], named[:1]]).mean(axis=0), self.finder.config.top)
            read.append(Regions(np.stack([extent_of(each) for each in whole]), self._apart(likely), top))
        return read

    def _named(self, image: FloatArray, boxes: list[Box]) -> FloatArray:
        """Return what the classifier makes of the whole image and of each box's part of it: (1 + N, K)."""
        whole = (0.0, 0.0, float(image.shape[1]), float(image.shape[0]))
        return self.finder.named(crops_of(image, [whole, *boxes], self._network.window))

    def _apart(self, objects: list[Found]) -> list[Found]:
        """Return objects from the highest score down; of two things in one place the likelier stays."""
        ordered = sorted(objects, key=lambda one: -one.score)
        if len({one.label for one in ordered}) < 2:
            return ordered
        boxes = np.array([one.bbox for one in ordered], np.float64)
        return [ordered[index] for index in sorted(kept(boxes, self.finder.config.overlap))]


def _stacked(
    kind: Callable[[FloatArray, Sequence[int]], FloatArray], classes: Sequence[Sequence[int]], scores: FloatArray
) -> FloatArray:
    """Return the map (S, H', W') that `kind` makes of scores (1, H', W', K) for each of S groups of channels."""
    return np.concatenate([kind(scores, one) for one in classes])


def _found(places: Sequence[int], wholes: FloatArray, evidence: LevelMaps) -> list[tuple[int, float, Box]]:
    """Return the place, evidence and box of each region of the fused maps (S, H', W'), the strongest first."""
    grid, _ = evidence.grid()
    found = [
        (place, region.evidence, _box(region, grid, evidence.size))
        for place, whole in zip(places, wholes, strict=True)
        for region in regions_of(whole)
    ]
    return sorted(found, key=lambda one: -one[1])


def _box(region: Region, grid: Geometry, size: tuple[int, ...]) -> Box:
    """Return a region's box (x, y, w, h) in pixels, cut at the image's border."""
    col, row, cols, rows = region.box
    left, top, _, _ = grid.box(row, col)
    right, bottom = min(left + cols * grid.stride[1], size[1]), min(top + rows * grid.stride[0], size[0])
    left, top = max(left, 0), max(top, 0)
    return float(left), float(top), float(right - left), float(bottom - top)
