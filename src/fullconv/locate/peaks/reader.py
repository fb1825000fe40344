"""Peaks of the object probability: levels of a pyramid, peaks on each, one box per object."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fullconv.errors import InputError
from fullconv.locate.checks import checked_background, checked_probabilities
from fullconv.locate.detections import Found
from fullconv.locate.evidence import probability_map
from fullconv.locate.finder import Finder
from fullconv.locate.levels.fusion import fused, grid_of
from fullconv.locate.levels.network import Network
from fullconv.locate.levels.pyramid import Level, factors_of, levels_of
from fullconv.locate.levels.scores import checked_images
from fullconv.locate.located import Located, best, level_scores
from fullconv.locate.peaks.extent import tight_box
from fullconv.locate.peaks.odds import probability
from fullconv.locate.peaks.places import MOST, peaks_of
from fullconv.locate.peaks.scale import across_levels
from fullconv.locate.peaks.subcell import Doubles, Indices, reach_of
from fullconv.locate.peaks.suppression import kept, without_parts

if TYPE_CHECKING:
    from fullconv.convert.geometry import Geometry, Pair

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class _Candidates:
    """Candidates of one image over all levels, as arrays; `centres` (n, 2) and `frames` (n, 2) in pixels `(y, x)`."""

    labels: Indices
    odds: Doubles
    centres: Doubles
    frames: Doubles


class PeakReader:
    """Searches images by peaks; boxes are `window` (the training frame, scaled) or `tight` (the ink's)."""

    def __init__(self, finder: Finder, box: str = "window") -> None:
        """Take what searches, and what a box is; `auto` is `window`.

        Raises:
            InputError: a box, stride, engine, fusion or background that cannot be.
        """
        if box not in ("auto", "window", "tight"):
            raise InputError("locate.box", f"received {box!r}", "Choose window or tight.")
        self.finder = finder
        config = finder.config
        self._network = Network(finder.conversion, config.stride, config.engine, finder.scaled)
        checked_background(finder.channels.background, self._network.classes)
        self._background = finder.channels.background if finder.plain else len(finder.sought)
        self._tight = box == "tight"
        window, geometry = self._network.window, self._network.geometry
        self._factors = list(config.scales) or factors_of(list(config.sizes), config.spacing, max(window))
        self._border = (round(config.border * window[0]), round(config.border * window[1]))
        self._reach = reach_of(window, geometry.stride)
        self._levels = cache(self._find_levels)

    def fits(self, height: int, width: int) -> bool:
        """Return whether an image of that many pixels is large enough for a level."""
        return bool(self._levels((height, width)))

    def geometry(self, height: int, width: int) -> "Geometry":
        """Return the geometry of the map of an image of that many pixels.

        Raises:
            InputError: the image is smaller than the window at every level.
        """
        return self._grid((height, width))[0]

    def __call__(self, images: Any, wanted: Sequence[int] | None = None) -> list[Located]:
        """Return what is in images (N, H, W, C) in 0..1; all that the finder seeks is looked for, whatever is `wanted`.

        Raises:
            InputError: as `fullconv.score_map`, or the classifier's scores are no probabilities.
        """
        pixels = checked_images(images, self._network.channels)
        size = (pixels.shape[1], pixels.shape[2])
        grid, cells = self._grid(size)
        levels = self._levels(size)
        maps, highest = [], []
        for level in levels:
            seen = self._network(level.image(pixels), self.finder.config.batch_size)
            highest.append(seen[..., : len(self.finder.channels.classes)].max(axis=(1, 2)))
            maps.append(self._sought(seen))
        for one in maps:
            checked_probabilities(one.reshape(-1, *one.shape[2:]))
        scores = (
            maps[0]
            if len(levels) == 1 and levels[0].size == size
            else fused(maps, levels, grid, cells, self.finder.fuse, self._background)
        )
        return [
            Located(
                size=size,
                scores=scores[index],
                geometry=grid,
                labels=tuple(range(len(self.finder.sought))),
                background=self._background,
                objects=self._objects(image, [one[index] for one in maps], levels),
                levels=level_scores(levels, [one[index] for one in maps], self._background),
                top=best(np.max([one[index] for one in highest], axis=0), self.finder.config.top),
                window=self._network.window,
            )
            for index, image in enumerate(pixels)
        ]

    def _sought(self, scores: FloatArray) -> FloatArray:
        """Return a channel for each thing to look for; what is left is the background's where things are groups."""
        if self.finder.plain:
            return scores
        checked_probabilities(scores.reshape(-1, *scores.shape[2:]))
        heats = np.stack([probability_map(scores, one.channels) for one in self.finder.sought], axis=-1)
        rest = np.maximum(1 - heats.sum(axis=-1, keepdims=True), np.float32(0))
        return np.concatenate([heats, rest], axis=-1)

    def _find_levels(self, size: "Pair") -> list[Level]:
        return levels_of(self._factors, size, self._network, self._border)

    def _grid(self, size: "Pair") -> tuple["Geometry", "Pair"]:
        levels = self._levels(size)
        if not levels:
            raise InputError(
                "images",
                f"{size[0]}x{size[1]} pixels",
                f"Give images at least as large as the window, {self._network.least[0]}x{self._network.least[1]}, "
                "or a smaller least size in locate.sizes.",
            )
        geometry = self._network.geometry
        if len(levels) == 1 and levels[0].size == size:
            first = tuple(geometry.offset[axis] - levels[0].before[axis] for axis in (0, 1))
            return type(geometry)(geometry.window, geometry.stride, (first[0], first[1])), levels[0].cells
        return grid_of(levels, size, geometry)

    def _objects(self, image: FloatArray, maps: list[FloatArray], levels: list[Level]) -> list[Found]:
        candidates = self._candidates(maps, levels)
        frames = _boxes(candidates)
        staying = kept(frames, self.finder.config.overlap)
        odds = without_parts(frames[staying], candidates.odds[staying])
        order = np.argsort(-odds, kind="stable")
        order = order[probability(odds[order]) >= self.finder.config.floor]
        staying, scores = staying[order], probability(odds[order])
        boxes = self._boxes(image, frames[staying])
        scales = candidates.frames[staying, 0] / self._network.window[0]
        # Two frames around one object may differ in size and yet hold the same ink.
        separate = kept(boxes, self.finder.config.overlap) if self._tight else np.arange(len(boxes))
        return [
            Found(
                int(candidates.labels[staying[index]]), float(scores[index]), _four(boxes[index]), float(scales[index])
            )
            for index in separate
            # The outermost cells see the repeated edge alone: what they name lies outside the image.
            if boxes[index, 2:].min() > 0
        ]

    def _boxes(self, image: FloatArray, frames: Doubles) -> Doubles:
        """Return objects' boxes (n, 4), cut at the image's border: no object's own reaches beyond it."""
        boxes = np.array([tight_box(image, frame) for frame in frames]).reshape(-1, 4) if self._tight else frames
        corner = np.array([image.shape[1], image.shape[0]])
        low, high = np.clip(boxes[:, :2], 0, corner), np.clip(boxes[:, :2] + boxes[:, 2:], 0, corner)
        return np.concatenate([low, high - low], axis=1)

    def _candidates(self, maps: list[FloatArray], levels: list[Level]) -> _Candidates:
        parts = []
        for index, (one, level) in enumerate(zip(maps, levels, strict=True)):
            peaks = peaks_of(one, self._background, self.finder.config.floor, self._reach)
            growth, odds = across_levels(maps, levels, index, peaks, self._reach)
            frames = np.array(level.object_size) * growth[:, np.newaxis]
            parts.append(_Candidates(peaks.labels, odds, level.centres(peaks.place), frames))
        labels, odds, centres, frames = (
            np.concatenate([getattr(part, name) for part in parts]) for name in ("labels", "odds", "centres", "frames")
        )
        order = np.argsort(-odds, kind="stable")[:MOST]
        return _Candidates(labels[order], odds[order], centres[order], frames[order])


def _boxes(candidates: _Candidates) -> Doubles:
    """Return boxes `[x, y, w, h]` (n, 4) in pixels."""
    low = candidates.centres - candidates.frames / 2
    return np.concatenate([low[:, ::-1], candidates.frames[:, ::-1]], axis=1)


def _four(box: Doubles) -> tuple[float, float, float, float]:
    x, y, width, height = box.tolist()
    return x, y, width, height
