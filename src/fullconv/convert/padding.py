"""What padding a layer had at training size, kept whatever the image's size.

Keras' `same` depends on that size: stride-2 3×3 layers pad (0, 1), (0, 1), (1, 1) along 28 pixels and
(0, 1), (0, 1), (0, 1) along 128, so that the same weights would look at windows shifted by up to 4 pixels.
Source of the arithmetic: Dumoulin and Visin, *A guide to convolution arithmetic for deep learning*, 2016.
"""

from dataclasses import dataclass

from fullconv.convert.geometry import Pair


@dataclass(frozen=True)
class AxisPadding:
    """One axis of one layer, in cells of its input.

    `before` and `after` are what the layer added at training size. `end` is what the conversion adds after the
    last cell, or drops there if below 0; `steady` whether Keras' `same` does just that at every size.
    """

    before: int
    after: int
    end: int
    steady: bool


def axis_padding(size: int, kernel: int, stride: int, same: bool, spare: int = 0) -> AxisPadding:
    """Return the padding of a layer over `size` cells; `kernel` includes its dilation.

    Over n cells more than `size`, the layer gives `(n + spare) // stride` cells more; `spare` is below `stride`.
    """
    cells = -(-size // stride) if same else (size - kernel) // stride + 1
    total = max((cells - 1) * stride + kernel - size, 0)
    unseen = size + total - kernel - (cells - 1) * stride
    before, after = total // 2, total - total // 2
    end = after - unseen + spare
    fits = (cells, spare) == (-(-size // stride), (size - 1) % stride)
    return AxisPadding(before, after, end, (same or end > 0) and fits and _starts(kernel, stride) == {before})


def _starts(kernel: int, stride: int) -> set[int]:
    """Return how many cells Keras' `same` adds before the first, for every remainder of the size."""
    return {max(kernel - remainder, 0) // 2 for remainder in range(1, stride + 1)}


def output_cells(size: int, kernel: int, stride: int, axis: AxisPadding) -> int:
    """Return how many cells the layer gives over `size` cells."""
    return (size + axis.before + axis.after - kernel) // stride + 1


@dataclass(frozen=True)
class Padding:
    """Both axes of one layer."""

    y: AxisPadding
    x: AxisPadding

    @property
    def any(self) -> bool:
        """Whether the layer saw padding at training size."""
        return bool(self.y.before or self.y.after or self.x.before or self.x.after)

    @property
    def steady(self) -> bool:
        """Whether Keras' own `same` is right at every size."""
        return self.y.steady and self.x.steady

    @property
    def before(self) -> Pair:
        """Cells added before the first row and column."""
        return self.y.before, self.x.before

    @property
    def amounts(self) -> tuple[Pair, Pair]:
        """Cells added, `((above, below), (left, right))`."""
        return (self.y.before, self.y.after), (self.x.before, self.x.after)

    @property
    def frame(self) -> tuple[Pair, Pair]:
        """Cells that the conversion adds, `((above, below), (left, right))`; below 0 where it drops some."""
        return (self.y.before, self.y.end), (self.x.before, self.x.end)


def layer_padding(grid: Pair, kernel: Pair, stride: Pair, same: bool, spare: Pair = (0, 0)) -> Padding:
    """Return the padding of a layer over a training grid of `(rows, columns)`; `spare` as for one axis."""
    y, x = (axis_padding(grid[axis], kernel[axis], stride[axis], same, spare[axis]) for axis in (0, 1))
    return Padding(y, x)


def output_grid(grid: Pair, kernel: Pair, stride: Pair, padding: Padding) -> Pair:
    """Return the `(rows, columns)` that a layer makes of a training grid."""
    return (
        output_cells(grid[0], kernel[0], stride[0], padding.y),
        output_cells(grid[1], kernel[1], stride[1], padding.x),
    )


def in_words(amounts: tuple[Pair, Pair]) -> str:
    """Return padding amounts for a person to read."""
    (above, below), (left, right) = amounts
    return f"{above} above, {below} below, {left} left, {right} right"
