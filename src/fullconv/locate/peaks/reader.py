"""Peaks of the object probability: levels of a pyramid, all of their cells or those that a coarse look leads to."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fullconv.config.schema import DERIVED
from fullconv.errors import InputError
from fullconv.locate.checks import checked_background, checked_probabilities
from fullconv.locate.detections import Found
from fullconv.locate.dimensions import Dimensions
from fullconv.locate.evidence import probability_map
from fullconv.locate.finder import Finder
from fullconv.locate.levels.budget import Budget
from fullconv.locate.levels.fusion import fused, grid_of, overlaid
from fullconv.locate.levels.network import Network
from fullconv.locate.levels.patches import Patches
from fullconv.locate.levels.pyramid import Level, factors_of, level_at, levels_of
from fullconv.locate.levels.regression import SecondLook
from fullconv.locate.levels.scene import Scene
from fullconv.locate.levels.scores import checked_images
from fullconv.locate.levels.sizes import sought_sizes
from fullconv.locate.levels.whole import map_of
from fullconv.locate.located import Located, best, level_scores
from fullconv.locate.peaks.cells import Cells, Doubles
from fullconv.locate.peaks.climb import Climb, coarse_levels
from fullconv.locate.peaks.extent import tight_boxes
from fullconv.locate.peaks.ladder import Ladder
from fullconv.locate.peaks.objects import Candidates, Reading, candidates_of, objects_of
from fullconv.locate.peaks.plan import Plan, blocks_of
from fullconv.locate.peaks.subcell import reach_of

if TYPE_CHECKING:
    from fullconv.convert.geometry import Geometry, Pair

FloatArray = npt.NDArray[np.float32]

_TOGETHER = 2**25  # pixels of all levels of the images that are searched at once: 128 MiB


@dataclass(frozen=True)
class Seen:
    """What an image, or a part of one, shows before objects are chosen.

    `scores` (N, H', W', C) is the fused map, `maps` those of the levels that were computed whole, `highest` (N, K) the
    best score of each of the network's channels, and `candidates` what may be an object, image by image.
    """

    scores: FloatArray
    maps: list[FloatArray]
    highest: FloatArray
    candidates: list[Candidates]


class PeakReader:
    """Searches images by peaks; boxes are `window` (the training frame, scaled) or `tight` (the ink's)."""

    def __init__(self, finder: Finder, box: str = "window") -> None:
        """Take what searches, and what a box is; `auto` is `window`.

        Raises:
            InputError: a box, stride, engine, fusion, search or background that cannot be.
        """
        if box not in ("auto", "window", "tight"):
            raise InputError("locate.box", f"received {box!r}", "Choose window or tight.")
        config = finder.config
        if config.search == "coarse" and finder.fuse != "max":
            received = f"coarse, while levels are fused by {finder.fuse}"
            raise InputError("locate.search", received, "Choose locate.fuse=max or locate.search=whole.")
        self.finder = finder
        self._network = Network(finder.conversion, config.stride, config.engine, finder.scaled, finder.outputs)
        self._own = Network(finder.conversion, scaled=finder.scaled, outputs=finder.outputs)
        checked_background(finder.channels.background, self._network.classes)
        self._background = finder.channels.background if finder.plain else len(finder.sought)
        window, geometry = self._network.window, self._network.geometry
        # Of a coarse look's levels no denser map is computed whole.
        denser = 1.0 if self._climbs else math.prod(self._own.geometry.stride) / math.prod(geometry.stride)
        self._budget = Budget(finder.conversion, config.memory, denser)
        self._border = (round(config.border * window[0]), round(config.border * window[1]))
        self._how = Reading(
            self._background,
            config.floor,
            reach_of(window, geometry.stride),
            config.overlap,
            box == "tight",
            _dimensions(finder),
            finder.calibration,
        )
        boxes = None if self._how.dimensions is None else finder.boxes
        self._look = None if boxes is None else SecondLook(finder.conversion, boxes, finder.scaled)
        self._levels = cache(self._find_levels)
        self._plan = cache(self._find_plan)

    def fits(self, height: int, width: int) -> bool:
        """Return whether an image of that many pixels is large enough for a level."""
        return bool(self._levels((height, width)))

    def geometry(self, height: int, width: int) -> "Geometry":
        """Return the geometry of the map of an image of that many pixels.

        Raises:
            InputError: the image is smaller than the window at every level.
        """
        return self._plan((height, width)).grid

    def plan(self, height: int, width: int) -> Plan:
        """Return how an image of that many pixels is searched.

        Raises:
            InputError: as `geometry`.
        """
        return self._plan((height, width))

    @property
    def channels(self) -> int:
        """Channels of the fused map, the background's with them."""
        return self._network.classes if self.finder.plain else len(self.finder.sought) + 1

    @property
    def background(self) -> int | None:
        """The background's channel of the fused map."""
        return self._background

    def once(self, plan: Plan) -> bool:
        """Return whether a search needs each pixel but once, for the maps of whole levels: it need not be held."""
        return plan.numbers is None and self._look is None

    def part(self, plan: Plan, rows: "Pair", cols: "Pair") -> Plan:
        """Return how a part of an image is searched: rows and columns of the fused map."""
        return plan.part(self._network, self._own, rows, cols)

    def __call__(self, images: Any, wanted: Sequence[int] | None = None) -> list[Located]:
        """Return what is in images (N, H, W, C) in 0..1; all that the finder seeks is looked for, whatever is `wanted`.

        Raises:
            InputError: as `fullconv.score_map`, or the classifier's scores are no probabilities.
        """
        pixels = checked_images(images, self._network.channels)
        size = (pixels.shape[1], pixels.shape[2])
        plan = self._plan(size)
        seen = self.see(Scene(pixels), plan)
        return [
            Located(
                size=size,
                scores=seen.scores[index],
                geometry=plan.grid,
                labels=tuple(range(len(self.finder.sought))),
                background=self._background,
                objects=self.objects(seen.candidates[index], size, partial(tight_boxes, pixels[index])),
                levels=level_scores(plan.seen, [one[index] for one in seen.maps], self._background),
                top=best(seen.highest[index, : len(self.finder.channels.classes)], self.finder.config.top),
                window=self._network.window,
            )
            for index in range(len(pixels))
        ]

    def see(self, scene: Scene, plan: Plan) -> Seen:
        """Return what images show, or the part of one that a plan is of.

        Raises:
            InputError: the classifier's scores are no probabilities.
        """
        network = self._network if plan.numbers is None else self._own
        raw = [self._map(network, level, scene) for level in plan.seen]
        maps = [self._sought(one) for one in raw]
        alone = plan.alone
        scores = (
            fused(maps, plan.seen, plan.grid, plan.cells, self.finder.fuse, self._background)
            if alone is None
            else maps[0][:, alone[0], alone[1]]
        )
        highest = np.max([one.max(axis=(1, 2)) for one in raw], axis=0)
        candidates: list[Candidates] = []
        for start in range(0, len(scene), plan.together):
            part = slice(start, start + plan.together)
            images = scene.of(part)
            cells = Cells.whole([one[index] for index in range(len(scene))[part] for one in maps])
            patches = Patches(images, plan.ladder.levels, self._network)
            if plan.numbers is not None:
                cells = self._climbed(patches, plan, cells, highest[part])
                overlaid(scores[part], plan.grid, plan.ladder.levels, cells.known, cells.table, self._background)
            look = None if self._look is None else partial(self._look, patches)
            del patches  # and the levels' pixels with it, where nobody looks twice
            candidates += candidates_of(len(images), cells, plan.ladder, self._network.window[0], self._how, look)
        return Seen(scores, maps, highest, candidates)

    def objects(self, candidates: Candidates, size: "Pair", tight: Callable[[Doubles], Doubles]) -> list[Found]:
        """Return the objects among an image's candidates, strongest first; `tight` as in `objects_of`."""
        return objects_of(candidates, size, self._how, tight)

    def _map(self, network: Network, level: Level, scene: Scene) -> FloatArray:
        room = self._budget.room_of(level.shape, scene.held)
        return map_of(network, level, scene, self.finder.config.batch_size, room)

    def _climbed(self, patches: Patches, plan: Plan, coarse: Cells, highest: FloatArray) -> Cells:
        """Return the cells near what coarse maps show; `highest` (N, K) is raised to what they hold."""
        shapes = [level.cells for level in plan.ladder.levels] * len(highest)
        cells = Cells.none(shapes, coarse.table.shape[-1])
        climb = Climb(plan.ladder, patches, cells, self._sought, self._background, self._how.floor, self._how.reach)
        reach = reach_of(self._own.window, self._own.geometry.stride)
        climb.up(coarse, Ladder(plan.seen, plan.ladder.cut), plan.numbers or [], reach, highest)
        return cells

    def _sought(self, scores: FloatArray) -> FloatArray:
        """Return a channel for each thing to look for; what is left is the background's where things are groups."""
        checked_probabilities(scores.reshape(1, -1, scores.shape[-1]))
        if self.finder.plain:
            return scores
        heats = np.stack([probability_map(scores, one.channels) for one in self.finder.sought], axis=-1)
        rest = np.maximum(1 - heats.sum(axis=-1, keepdims=True), np.float32(0))
        return np.concatenate([heats, rest], axis=-1)

    def _find_levels(self, size: "Pair") -> list[Level]:
        config, window = self.finder.config, self._network.window
        sizes = sought_sizes(config, size, window, self._how.dimensions)
        factors = list(config.scales) or factors_of(sizes, config.spacing, max(window))
        levels = levels_of(factors, size, self._network, self._border)
        self._budget.tell(levels)
        return levels

    def _find_plan(self, size: "Pair") -> Plan:
        levels = self._levels(size)
        if not levels:
            raise InputError(
                "images",
                f"{size[0]}x{size[1]} pixels",
                f"Give images at least as large as the window, {self._network.least[0]}x{self._network.least[1]}, "
                "or a smaller least size in locate.sizes and a larger locate.enlarge.",
            )
        geometry = self._network.geometry
        if len(levels) == 1 and levels[0].size == size:
            first = tuple(geometry.offset[axis] - levels[0].before[axis] for axis in (0, 1))
            grid = type(geometry)(geometry.window, geometry.stride, (first[0], first[1])), levels[0].cells
        else:
            grid = grid_of(levels, size, geometry)
        ladder = Ladder(levels, blocks_of(*grid))
        numbers = coarse_levels(ladder) if self._climbs else None
        seen = {number: level_at(levels[number].size, size, self._own, self._border) for number in numbers or []}
        kept = {number: level for number, level in seen.items() if level is not None}
        if not kept or len(levels) == 1 or (len(kept) == len(levels) and self._own.geometry == geometry):
            # Several maps are copied into one table: of one image at a time.
            return Plan(ladder, *grid, tuple(levels), None, self.finder.config.batch_size if len(levels) == 1 else 1)
        pixels = sum(level.padded[0] * level.padded[1] for level in levels) * self._network.channels
        return Plan(ladder, *grid, tuple(kept.values()), list(kept), max(1, _TOGETHER // pixels))

    @property
    def _climbs(self) -> bool:
        """Whether a coarse look comes first: as `locate.search` says."""
        if self.finder.config.search != "auto":
            return self.finder.config.search == "coarse"
        return self.finder.fuse == "max" and self.finder.conversion.exact


def _dimensions(finder: Finder) -> Dimensions | None:
    """Return what is known of classes' frames and sizes; where a person says `locate.sizes`, these are the sizes."""
    if finder.dimensions is None or not finder.plain:
        return None
    return finder.dimensions if finder.config.sizes == DERIVED else replace(finder.dimensions, sizes=())
