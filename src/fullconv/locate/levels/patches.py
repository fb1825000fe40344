"""Cells of images' levels, computed only where they are asked for."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fullconv.locate.levels.network import Network
from fullconv.locate.levels.pyramid import Level
from fullconv.locate.levels.scene import Scene

if TYPE_CHECKING:
    from fullconv.convert.geometry import Pair

FloatArray = npt.NDArray[np.float32]
Indices = npt.NDArray[np.intp]

_TOGETHER = 256  # patches in a forward pass: enough to be quick, few enough to stay in the cache


@dataclass(frozen=True)
class Patch:
    """Cells of one map, from the first row and column up to one past the last; image i's level k is map i·L + k."""

    map: int
    rows: "Pair"
    cols: "Pair"


@dataclass(frozen=True)
class _Cut:
    """What makes patches alike: pixels, cells, and the cells of their map that lie before them; pairs are `(y, x)`."""

    pixels: "Pair"
    cells: "Pair"
    before: "Pair"


class Patches:
    """Patches of images, cut from their levels, or from parts of these, and computed together."""

    def __init__(self, scene: Scene, levels: Sequence[Level], network: Network) -> None:
        """Take the images; a level of one is resized when it is first needed."""
        self._scene, self._levels, self._network = scene, levels, network
        # No cache of a method: that holds its object until the garbage collector comes, and all pixels with it.
        self._kept: dict[int, FloatArray] = {}
        self._whole: dict[int, FloatArray] = {}  # maps that were computed whole, by their number

    def _pixels(self, number: int) -> FloatArray:
        if number not in self._kept:
            image, level = divmod(number, len(self._levels))
            self._kept[number] = self._scene.of(slice(image, image + 1)).image(self._levels[level])[0]
        return self._kept[number]

    def windows(self, maps: Indices, rows: Indices, cols: Indices) -> FloatArray:
        """Return the pixels (n, h, w, C) of the classifier's window around cells, the level's edges repeated."""
        height, width = self._network.window
        made = np.empty((len(maps), height, width, self._scene.channels), np.float32)
        for place, (number, row, col) in enumerate(zip(maps.tolist(), rows.tolist(), cols.tolist(), strict=True)):
            pixels, level = self._pixels(number), self._level(number)
            y, x = self._network.geometry.center(row + level.origin[0], col + level.origin[1])
            down, across = (
                np.clip(round(middle - length / 2) - start + np.arange(length), 0, stop - start - 1)
                for middle, length, (start, stop) in zip((y, x), (height, width), level.held, strict=True)
            )
            made[place] = pixels[np.ix_(down, across)]
        return made

    def worth(self, patches: Sequence[Patch]) -> Iterator[Patch]:
        """Yield the patches, for each map all of it where that is less work; it is kept then."""
        by_map: dict[int, list[Patch]] = defaultdict(list)
        for one in patches:
            by_map[one.map].append(one)
        for number, mine in by_map.items():
            pixels = sum((bottom - top) * (right - left) for (top, bottom), (left, right) in map(self._span, mine))
            level = self._level(number)
            (height, width), (rows, cols) = level.shape, level.cells
            yield from mine if pixels < height * width else [Patch(number, (0, rows), (0, cols))]

    def computed(self, patches: Sequence[Patch]) -> Iterator[tuple[Indices, FloatArray]]:
        """Yield maps, first rows and columns (m, 3) of patches of one size and their scores (m, h, w, K)."""
        alike: dict[_Cut, list[tuple[Patch, slice, slice]]] = defaultdict(list)
        for one in patches:
            if one.map in self._whole:
                scores = self._whole[one.map][slice(*one.rows), slice(*one.cols)]
                yield np.array([(one.map, one.rows[0], one.cols[0])]), scores[np.newaxis]
                continue
            cut, down, across = self._placed(one)
            alike[cut].append((one, down, across))
        for cut, parts in alike.items():
            pixels = np.stack([self._pixels(one.map)[down, across] for one, down, across in parts])
            (height, width), (row, col) = cut.cells, cut.before
            corners = np.array([(one.map, one.rows[0], one.cols[0]) for one, _, _ in parts])
            scores = self._network(pixels, _TOGETHER)[:, row : row + height, col : col + width]
            self._whole.update(
                (one.map, made)
                for (one, _, _), made in zip(parts, scores, strict=True)
                if (height, width) == self._level(one.map).cells
            )
            yield corners, scores

    def _level(self, number: int) -> Level:
        return self._levels[number % len(self._levels)]

    def _placed(self, one: Patch) -> tuple[_Cut, slice, slice]:
        """Return what a patch shares with others, and which rows and columns of what is held it needs."""
        level, spans = self._level(one.map), self._span(one)
        down, across = (
            slice(start - first, stop - first) for (start, stop), (first, _) in zip(spans, level.held, strict=True)
        )
        rows, cols = (
            at + cells[0] - start // step
            for at, cells, (start, _), step in zip(
                level.origin, (one.rows, one.cols), spans, self._network.geometry.stride, strict=True
            )
        )
        pixels = (down.stop - down.start, across.stop - across.start)
        cells = (one.rows[1] - one.rows[0], one.cols[1] - one.cols[0])
        return _Cut(pixels, cells, (rows, cols)), down, across

    def _span(self, one: Patch) -> "tuple[Pair, Pair]":
        """Return the rows and columns of pixels of the whole level that a patch needs."""
        level = self._level(one.map)
        down, across = (
            self._network.pixels(axis, (at + cells[0], at + cells[1]), level.padded[axis])
            for axis, (at, cells) in enumerate(zip(level.origin, (one.rows, one.cols), strict=True))
        )
        return down, across
