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

    `before` and `after` are what the layer added at training size; `unseen` how many last cells no kernel
    reached; `steady` whether Keras' `same` pads alike at every size and gives one cell per whole stride.
    """

    before: int
    after: int
    unseen: int
    steady: bool


def axis_padding(size: int, kernel: int, stride: int, same: bool) -> AxisPadding:
    """Return the padding of a layer over `size` cells; `kernel` includes its dilation."""
    if not same:
        return AxisPadding(0, 0, (size - kernel) % stride, steady=False)
    cells = -(-size // stride)
    total = max((cells - 1) * stride + kernel - size, 0)
    unseen = size + total - kernel - (cells - 1) * stride
    return AxisPadding(total // 2, total - total // 2, unseen, _is_steady(size, kernel, stride))


def _is_steady(size: int, kernel: int, stride: int) -> bool:
    # A larger image adds a cell per whole stride only where the last stride began at training size, and the
    # first kernel stays where it is only if every remainder of the size puts as many cells before it.
    before = {max(kernel - remainder, 0) // 2 for remainder in range(1, stride + 1)}
    return (size - 1) % stride == 0 and len(before) == 1


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
    def unseen(self) -> Pair:
        """Last rows and columns that no kernel reached."""
        return self.y.unseen, self.x.unseen


def layer_padding(grid: Pair, kernel: Pair, stride: Pair, same: bool) -> Padding:
    """Return the padding of a layer over a training grid of `(rows, columns)`."""
    return Padding(axis_padding(grid[0], kernel[0], stride[0], same), axis_padding(grid[1], kernel[1], stride[1], same))


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
