"""Cells of images' levels, computed only where they are asked for."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fullconv.locate.levels.network import Network
from fullconv.locate.levels.pyramid import Level

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
    """Patches of images (N, H, W, C), cut from their levels and computed together."""

    def __init__(self, images: FloatArray, levels: Sequence[Level], network: Network) -> None:
        """Take images in 0..1; a level of one is resized when it is first needed."""
        self._images, self._levels, self._network = images, levels, network
        self._pixels: Callable[[int], FloatArray] = cache(self._resized)

    def _resized(self, number: int) -> FloatArray:
        image, level = divmod(number, len(self._levels))
        resized: FloatArray = self._levels[level].image(self._images[image : image + 1])[0]
        return resized

    def windows(self, maps: Indices, rows: Indices, cols: Indices) -> FloatArray:
        """Return the pixels (n, h, w, C) of the classifier's window around cells, the level's edges repeated."""
        height, width = self._network.window
        made = np.empty((len(maps), height, width, self._images.shape[-1]), np.float32)
        for place, (number, row, col) in enumerate(zip(maps.tolist(), rows.tolist(), cols.tolist(), strict=True)):
            y, x = self._network.geometry.center(row, col)
            pixels = self._pixels(number)
            down, across = (
                np.clip(round(middle - length / 2) + np.arange(length), 0, most - 1)
                for middle, length, most in zip((y, x), (height, width), pixels.shape, strict=False)
            )
            made[place] = pixels[np.ix_(down, across)]
        return made

    def worth(self, patches: Sequence[Patch]) -> Iterator[Patch]:
        """Yield the patches, for each map all of it where that is less work."""
        by_map: dict[int, list[Patch]] = defaultdict(list)
        for one in patches:
            by_map[one.map].append(one)
        for number, mine in by_map.items():
            pixels = sum((bottom - top) * (right - left) for (top, bottom), (left, right) in map(self._span, mine))
            level = self._level(number)
            (height, width), (rows, cols) = level.padded, level.cells
            yield from mine if pixels < height * width else [Patch(number, (0, rows), (0, cols))]

    def computed(self, patches: Sequence[Patch]) -> Iterator[tuple[Indices, FloatArray]]:
        """Yield maps, first rows and columns (m, 3) of patches of one size and their scores (m, h, w, K)."""
        alike: dict[_Cut, list[tuple[Patch, slice, slice]]] = defaultdict(list)
        stride = self._network.geometry.stride
        for one in patches:
            (top, bottom), (left, right) = self._span(one)
            cells = (one.rows[1] - one.rows[0], one.cols[1] - one.cols[0])
            before = (one.rows[0] - top // stride[0], one.cols[0] - left // stride[1])
            alike[_Cut((bottom - top, right - left), cells, before)].append(
                (one, slice(top, bottom), slice(left, right))
            )
        for cut, parts in alike.items():
            pixels = np.stack([self._pixels(one.map)[down, across] for one, down, across in parts])
            (height, width), (row, col) = cut.cells, cut.before
            corners = np.array([(one.map, one.rows[0], one.cols[0]) for one, _, _ in parts])
            yield corners, self._network(pixels, _TOGETHER)[:, row : row + height, col : col + width]

    def _level(self, number: int) -> Level:
        return self._levels[number % len(self._levels)]

    def _span(self, one: Patch) -> "tuple[Pair, Pair]":
        """Return the rows and columns of pixels that a patch needs."""
        size = self._level(one.map).padded
        return self._network.pixels(0, one.rows, size[0]), self._network.pixels(1, one.cols, size[1])
