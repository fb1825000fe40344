"""Cells of an image's levels, computed only where they are asked for."""

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
    """Cells of one level, from the first row and column up to one past the last."""

    level: int
    rows: "Pair"
    cols: "Pair"


@dataclass(frozen=True)
class _Cut:
    """What makes patches alike: pixels, cells, and the cells of their map that lie before them; pairs are `(y, x)`."""

    pixels: "Pair"
    cells: "Pair"
    before: "Pair"


class Patches:
    """Patches of one image (H, W, C), cut from its levels and computed together."""

    def __init__(self, image: FloatArray, levels: Sequence[Level], network: Network) -> None:
        """Take the image in 0..1; a level is resized when it is first needed."""
        self._levels, self._network = levels, network
        self._pixels: Callable[[int], FloatArray] = cache(lambda level: levels[level].image(image[np.newaxis])[0])

    def worth(self, patches: Sequence[Patch]) -> Iterator[Patch]:
        """Yield the patches, for each level all of it where that is less work."""
        by_level: dict[int, list[Patch]] = defaultdict(list)
        for one in patches:
            by_level[one.level].append(one)
        for level, mine in by_level.items():
            pixels = sum((bottom - top) * (right - left) for (top, bottom), (left, right) in map(self._span, mine))
            (height, width), (rows, cols) = self._levels[level].padded, self._levels[level].cells
            yield from mine if pixels < height * width else [Patch(level, (0, rows), (0, cols))]

    def computed(self, patches: Sequence[Patch]) -> Iterator[tuple[Indices, Indices, Indices, FloatArray]]:
        """Yield levels, rows and columns (m,) of the patches' cells and their scores (m, K), many patches at a time."""
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
            pixels = np.stack([self._pixels(one.level)[down, across] for one, down, across in parts])
            (height, width), (row, col) = cut.cells, cut.before
            seen = self._network(pixels, _TOGETHER)[:, row : row + height, col : col + width]
            corners = np.array([(one.level, one.rows[0], one.cols[0]) for one, _, _ in parts]).reshape(-1, 3, 1, 1)
            down, across = np.mgrid[:height, :width]
            levels, rows, cols = (
                np.broadcast_to(corners[:, place] + move, seen.shape[:3]).ravel()
                for place, move in enumerate((0 * down, down, across))
            )
            yield levels, rows, cols, seen.reshape(-1, seen.shape[-1])

    def _span(self, one: Patch) -> "tuple[Pair, Pair]":
        """Return the rows and columns of pixels that a patch needs."""
        size = self._levels[one.level].padded
        return self._network.pixels(0, one.rows, size[0]), self._network.pixels(1, one.cols, size[1])
