"""Which pixels a cell of a score map has seen.

Source for the composition of layers: Araujo, Norris, Sim, *Computing Receptive Fields of Convolutional
Neural Networks*, Distill 2019, equations for size, effective stride and start.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from fullconv.errors import InputError

Pair = tuple[int, int]  # (y, x)


@dataclass(frozen=True)
class Geometry:
    """Windows in an image, one per cell; every pair is `(y, x)` in pixels.

    Cell `(row, col)` sees the window whose first pixel is `offset + stride · (row, col)`. An offset below 0
    means that the first cells see padding.
    """

    window: Pair
    stride: Pair
    offset: Pair

    def box(self, row: int, col: int) -> tuple[int, int, int, int]:
        """Return a cell's window `(x, y, width, height)` in pixels, in COCO's order."""
        y = self.offset[0] + row * self.stride[0]
        x = self.offset[1] + col * self.stride[1]
        return x, y, self.window[1], self.window[0]

    def center(self, row: int, col: int) -> tuple[float, float]:
        """Return the centre `(y, x)` of a cell's window in pixels; pixel i spans i to i + 1."""
        x, y, width, height = self.box(row, col)
        return y + height / 2, x + width / 2

    def cells(self, height: int, width: int) -> Pair:
        """Return how many `(rows, columns)` of windows lie wholly inside an image of that many pixels."""
        return self._count(0, height), self._count(1, width)

    def nearest(self, y: float, x: float) -> Pair:
        """Return the cell `(row, col)` whose centre is nearest to a point in pixels, not below `(0, 0)`.

        It may lie beyond the last cell of an image: compare with the score map. Halfway, the later cell wins.
        """
        return self._nearest(0, y), self._nearest(1, x)

    def as_dict(self) -> dict[str, list[int]]:
        """Return the three pairs as lists `[y, x]`, fit for JSON."""
        return {key: list(pair) for key, pair in asdict(self).items()}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "Geometry":
        """Return the geometry that `as_dict` wrote.

        Raises:
            InputError: a key is missing or is not a pair of whole numbers.
        """
        return cls(*(_pair(content, key) for key in ("window", "stride", "offset")))

    def then(self, kernel: Pair, stride: Pair, padding: Pair) -> "Geometry":
        """Return the geometry after one more layer: `padding` counts the cells before the first."""
        return Geometry(
            window=_each(lambda axis: self.window[axis] + (kernel[axis] - 1) * self.stride[axis]),
            stride=_each(lambda axis: self.stride[axis] * stride[axis]),
            offset=_each(lambda axis: self.offset[axis] - padding[axis] * self.stride[axis]),
        )

    def united(self, other: "Geometry") -> "Geometry":
        """Return the smallest geometry that covers two of the same stride, cell by cell."""
        if self.stride != other.stride:
            raise ValueError(f"strides {self.stride} and {other.stride} do not align")
        first = _each(lambda axis: min(self.offset[axis], other.offset[axis]))
        last = _each(lambda axis: max(self.offset[axis] + self.window[axis], other.offset[axis] + other.window[axis]))
        return Geometry(window=(last[0] - first[0], last[1] - first[1]), stride=self.stride, offset=first)

    def _count(self, axis: int, size: int) -> int:
        window, stride, offset = self.window[axis], self.stride[axis], self.offset[axis]
        hidden = max(0, math.ceil(-offset / stride))  # windows that start before the image
        fitting = max(0, (size - window - offset) // stride + 1)
        return max(0, fitting - hidden)

    def _nearest(self, axis: int, place: float) -> int:
        first = self.offset[axis] + self.window[axis] / 2
        return max(0, math.floor((place - first) / self.stride[axis] + 0.5))


def _each(value: Any) -> Pair:
    return int(value(0)), int(value(1))


def _pair(content: Mapping[str, Any], key: str) -> Pair:
    pair = content.get(key)
    whole = isinstance(pair, list | tuple) and len(pair) == 2 and all(type(value) is int for value in pair)
    if pair is None or not whole:
        raise InputError(f"geometry.{key}", f"received {pair!r}", "Give two whole numbers [y, x].")
    return pair[0], pair[1]
