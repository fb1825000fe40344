"""The levels of an image pyramid: sizes, padded images, and where their cells lie in the image."""

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fullconv.locate.levels.resize import resized_part, taken

if TYPE_CHECKING:
    from fullconv.convert.geometry import Pair
    from fullconv.locate.levels.network import Network

    Spans = tuple[Pair, Pair]  # of rows and of columns: the first, and one past the last

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Level:
    """One level: the image at `size` pixels, edges repeated by `before` and `after`; every pair is `(y, x)`.

    `of` are the pixels of the image itself. `cells` are those of its map, `scale` is level pixels per image pixel,
    `first` the centre of cell (0, 0) and `step` the distance between cells, both in pixels of the image. `object_size`
    is what the window measures in the image. Of a part of a level `origin` are the cells of the level's map before its
    own, `held` the rows and columns of the padded image that it is computed from, and `whole` the `first` of the whole.
    """

    size: "Pair"
    of: "Pair"
    before: "Pair"
    after: "Pair"
    cells: "Pair"
    scale: tuple[float, float]
    first: tuple[float, float]
    step: tuple[float, float]
    object_size: tuple[float, float]
    held: "Spans"
    origin: "Pair" = (0, 0)
    whole: tuple[float, float] | None = None

    @property
    def padded(self) -> "Pair":
        """Pixels of the padded image, also of a part."""
        return (
            self.size[0] + self.before[0] + self.after[0],
            self.size[1] + self.before[1] + self.after[1],
        )

    @property
    def shape(self) -> "Pair":
        """Pixels of the padded image that are held."""
        return self.held[0][1] - self.held[0][0], self.held[1][1] - self.held[1][0]

    def centres(self, places: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return places (n, 2) in cells, in pixels of the image."""
        centres: npt.NDArray[np.float64] = np.array(self.first) + places * np.array(self.step)
        return centres

    def places(self, centres: npt.NDArray[np.float64], axis: int) -> npt.NDArray[np.float64]:
        """Return where centres (n,) along an axis lie in cells: of a part to the last bit as in the whole level."""
        places: npt.NDArray[np.float64] = (centres - (self.whole or self.first)[axis]) / self.step[axis]
        return places - self.origin[axis]

    def part(self, network: "Network", rows: "Pair", cols: "Pair") -> "Level":
        """Return the part with these cells of the whole level's map, moved down to where parts of a map may begin."""
        spans = [network.begun(axis, span) for axis, span in enumerate((rows, cols))]
        down, across = (network.pixels(axis, span, self.padded[axis]) for axis, span in enumerate(spans))
        first = [self.first[axis] + (spans[axis][0] - self.origin[axis]) * self.step[axis] for axis in (0, 1)]
        return replace(
            self,
            cells=(spans[0][1] - spans[0][0], spans[1][1] - spans[1][0]),
            first=(first[0], first[1]),
            held=(down, across),
            origin=(spans[0][0], spans[1][0]),
            whole=self.whole or self.first,
        )

    @property
    def own(self) -> "Spans":
        """Rows and columns of the level itself, without repeated edges, that are held: one pixel at least."""
        down, across = (self._own(axis) for axis in (0, 1))
        return down, across

    def _own(self, axis: int) -> "Pair":
        (start, stop), before, side = self.held[axis], self.before[axis], self.size[axis]
        low = min(max(0, start - before), side - 1)
        return low, max(min(stop - before, side), low + 1)

    @property
    def needed(self) -> "Spans":
        """Rows and columns of the image that what is held is made of."""
        down, across = (taken(self.of[axis], self.size[axis], self.own[axis]) for axis in (0, 1))
        return down, across

    def image(self, images: FloatArray, first: "Pair" = (0, 0)) -> FloatArray:
        """Return what is held of the level, edges repeated, of images (N, h, w, C) that begin at their pixel `first`.

        They hold what is `needed`.
        """
        return self.bordered(resized_part(images, first, self.of, self.size, self.own))

    def bordered(self, own: FloatArray) -> FloatArray:
        """Return pixels (N, h, w, C) of the level itself with its edges repeated."""
        spans = zip(self.own, self.held, self.before, strict=True)
        for axis, ((low, high), (start, stop), before) in enumerate(spans, 1):
            if (low, high) != (start - before, stop - before):
                # What is held may lie beyond the edge altogether.
                places = np.clip(np.arange(start, stop) - before, low, high - 1)
                own = np.take(own, places - low, axis)
        return own


def factors_of(sizes: list[float], spacing: float, window: int) -> list[float]:
    """Return the factors by which an image is resized for objects from `sizes[0]` to `sizes[-1]` pixels.

    The smallest objects, thus the largest factor, first; neighbours differ by `spacing` at most. No sizes: 1 alone.
    """
    if not sizes:
        return [1.0]
    low, high = min(sizes), max(sizes)
    steps = math.ceil(math.log(high / low) / math.log(spacing) - 1e-9)
    return [window / (low * (high / low) ** (step / max(1, steps))) for step in range(steps + 1)]


def levels_of(factors: list[float], size: "Pair", network: "Network", border: "Pair | None") -> list[Level]:
    """Return those levels of an image of `size` pixels that, edges repeated, are as large as the window.

    `border` is how many pixels at least the edges are repeated; None leaves the image as it is.
    """
    sizes = [(max(1, round(size[0] * factor)), max(1, round(size[1] * factor))) for factor in factors]
    levels = [level_at(small, size, network, border) for small in sizes]
    return [level for level in levels if level is not None]


def level_at(small: "Pair", size: "Pair", network: "Network", border: "Pair | None") -> Level | None:
    """Return the level of an image of `size` pixels at `small` ones; None if it is smaller than the window.

    `border` as in `levels_of`.
    """
    down, across = (_repeated(small[axis], axis, network, border) for axis in (0, 1))
    padded = (small[0] + sum(down), small[1] + sum(across))
    if padded[0] < network.least[0] or padded[1] < network.least[1]:
        return None
    return _level(small, size, network, down, across)


def _repeated(side: int, axis: int, network: "Network", border: "Pair | None") -> "Pair":
    """Return by how many pixels the edges of one axis are repeated, before and after."""
    if border is None:
        return 0, 0
    stride = network.geometry.stride[axis]
    # Whole cells before, and after so much that the last cell reaches as far out as the first.
    before = -(-border[axis] // stride) * stride
    return before, before + -(side + 2 * before - network.least[axis]) % stride


def _level(small: "Pair", size: "Pair", network: "Network", down: "Pair", across: "Pair") -> Level:
    scale = (small[0] / size[0], small[1] / size[1])
    (centre_y, centre_x), stride, window = network.geometry.center(0, 0), network.geometry.stride, network.window
    padded = (small[0] + sum(down), small[1] + sum(across))
    return Level(
        size=small,
        of=size,
        before=(down[0], across[0]),
        after=(down[1], across[1]),
        cells=network.cells(padded),
        scale=scale,
        first=((centre_y - down[0]) / scale[0], (centre_x - across[0]) / scale[1]),
        step=(stride[0] / scale[0], stride[1] / scale[1]),
        object_size=(window[0] / scale[0], window[1] / scale[1]),
        held=((0, padded[0]), (0, padded[1])),
    )
