"""Parts of a dense map that are computed one after another, so that memory stays bounded."""

from collections.abc import Iterator
from dataclasses import dataclass

from fullconv.convert.conversion import Conversion
from fullconv.convert.geometry import Pair

Span = tuple[int, int]  # first, and one past the last


@dataclass(frozen=True)
class Frame:
    """How a dense map lies in its image: along each axis, in pixels.

    The cell at place p depends on the pixels from `p + first` up to `p + first + reach`, and a network that is
    given n pixels has `n - short` places.
    """

    first: Pair
    reach: Pair
    short: Pair
    stride: Pair  # between cells of the dense map
    coarse: Pair  # the network's own

    def places(self, size: Pair) -> Pair:
        """Return how many places, a pixel apart, an image of `size` has; 0 or less where it is too small."""
        return size[0] - self.short[0], size[1] - self.short[1]

    def cells(self, size: Pair) -> Pair:
        """Return the rows and columns of the dense map."""
        rows, cols = self.places(size)
        return -(-max(0, rows) // self.stride[0]), -(-max(0, cols) // self.stride[1])

    def period(self, axis: int) -> int:
        """Return the cells from one of the network's own cells to the next: parts begin there."""
        return self.coarse[axis] // self.stride[axis]

    def pixels(self, axis: int, cells: Span, size: int) -> Span:
        """Return the pixels that a span of cells needs to come out as in the whole image."""
        start, last = cells[0] * self.stride[axis], (cells[1] - 1) * self.stride[axis]
        stop = last + self.short[axis] + 1
        # Where padding lies: shifts move the first border, and last rows that no kernel reaches the other one. One
        # more stride keeps both out.
        if self.first[axis] < 0:
            start = max(0, start + self.first[axis] - self.coarse[axis])
            start -= start % self.stride[axis]
        if last + self.first[axis] + self.reach[axis] > stop:
            stop = last + self.first[axis] + self.reach[axis] + self.coarse[axis]
        return start, min(size, stop)


def frame_of(conversion: Conversion, stride: Pair) -> Frame:
    """Return how the dense map of a conversion lies in an image."""
    field, coarse, window = conversion.receptive_field, conversion.geometry.stride, conversion.window
    cells = _cells(conversion, window)
    more = _cells(conversion, (window[0] + coarse[0] - 1, window[1] + coarse[1] - 1))
    short = []
    for axis in (0, 1):
        # The last cell may stand for a begun stride; the next one comes when the image begins another.
        begun = (window[axis] - 1) % coarse[axis] if more[axis] > cells[axis] else 0
        short.append(window[axis] - 1 - (cells[axis] - 1) * coarse[axis] - begun)
    return Frame(field.offset, field.window, (short[0], short[1]), stride, coarse)


def _cells(conversion: Conversion, size: Pair) -> Pair:
    """Return the rows and columns of the network's own map of an image of `size` pixels."""
    model = conversion.model
    _, rows, cols, _ = model.compute_output_shape((1, *size, model.input_shape[-1]))
    return int(rows), int(cols)


def spans(cells: int, parts: int, multiple: int) -> Iterator[Span]:
    """Yield spans that cover `cells`, all but the last of one length, a multiple of `multiple`."""
    length = -(-cells // (parts * multiple)) * multiple
    for start in range(0, cells, length):
        yield start, min(cells, start + length)
