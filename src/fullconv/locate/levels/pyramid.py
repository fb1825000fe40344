"""The levels of an image pyramid: sizes, padded images, and where their cells lie in the image."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fullconv.locate.levels.resize import resized

if TYPE_CHECKING:
    from fullconv.convert.geometry import Pair
    from fullconv.locate.levels.network import Network

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Level:
    """One level: the image at `size` pixels, edges repeated by `before` and `after`; every pair is `(y, x)`.

    `cells` are those of its map, `scale` is level pixels per image pixel, `first` the centre of cell (0, 0) and `step`
    the distance between cells, both in pixels of the image. `object_size` is what the window measures in the image.
    """

    size: "Pair"
    before: "Pair"
    after: "Pair"
    cells: "Pair"
    scale: tuple[float, float]
    first: tuple[float, float]
    step: tuple[float, float]
    object_size: tuple[float, float]

    @property
    def padded(self) -> "Pair":
        """Pixels of the padded image."""
        return (
            self.size[0] + self.before[0] + self.after[0],
            self.size[1] + self.before[1] + self.after[1],
        )

    def centres(self, places: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return places (n, 2) in cells, in pixels of the image."""
        centres: npt.NDArray[np.float64] = np.array(self.first) + places * np.array(self.step)
        return centres

    def image(self, images: FloatArray) -> FloatArray:
        """Return the level's images of images (N, H, W, C)."""
        small = resized(images, *self.size)
        if self.size == self.padded:
            return small
        edges = [(0, 0), *zip(self.before, self.after, strict=True), (0, 0)]
        return np.pad(small, edges, mode="edge")


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
    return Level(
        size=small,
        before=(down[0], across[0]),
        after=(down[1], across[1]),
        cells=network.cells((small[0] + sum(down), small[1] + sum(across))),
        scale=scale,
        first=((centre_y - down[0]) / scale[0], (centre_x - across[0]) / scale[1]),
        step=(stride[0] / scale[0], stride[1] / scale[1]),
        object_size=(window[0] / scale[0], window[1] / scale[1]),
    )
