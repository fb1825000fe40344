"""The order of filling, against what shift-and-stitch does."""

from types import SimpleNamespace
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fullconv.dense.stitch import stitch
from fullconv.figures.stitch_order import fill_order

Pair = tuple[int, int]


class Recorder:
    """A conversion whose every score is the number of the pass that it is called in."""

    def __init__(self, coarse: Pair, stride: Pair, cells: Pair) -> None:
        self.geometry = SimpleNamespace(stride=coarse)
        self.model = SimpleNamespace(output_shape=(None, None, None, 1))
        self.cells = cells
        self.numbers: dict[Pair, int] = {}
        for y in range(0, coarse[0], stride[0]):
            for x in range(0, coarse[1], stride[1]):
                self.numbers[y, x] = len(self.numbers)

    def forward(self, images: Any) -> Any:
        # The first pixel's two channels hold its place in the image: the shift.
        y, x = images[0, 0, 0].astype(int).tolist()
        return np.full((1, *self.cells, 1), self.numbers[y, x], np.float32)


@st.composite
def grids(draw: Any) -> tuple[Pair, Pair, Pair]:
    stride = draw(st.tuples(st.integers(1, 3), st.integers(1, 3)))
    coarse = draw(st.tuples(*(st.integers(1, 4).map(lambda times, step=step: times * step) for step in stride)))
    return coarse, stride, draw(st.tuples(st.integers(1, 13), st.integers(1, 13)))


@given(grids())
def test_each_cell_has_the_number_of_the_pass_that_stitch_fills_it_in(grid: tuple[Pair, Pair, Pair]) -> None:
    coarse, stride, cells = grid
    places = (cells[0] * stride[0], cells[1] * stride[1])
    image = np.stack(np.mgrid[: places[0] + coarse[0], : places[1] + coarse[1]], axis=-1).astype(np.float32)
    filled: Any = stitch(Recorder(coarse, stride, cells), image[np.newaxis], places, stride)  # type: ignore[arg-type]
    order = fill_order(coarse, stride, cells)
    assert order.dtype == np.int64
    np.testing.assert_array_equal(order, filled[0, :, :, 0])


def test_a_worked_example_of_unequal_strides() -> None:
    order = fill_order((2, 3), (1, 1), (3, 5))
    assert order.tolist() == [[0, 1, 2, 0, 1], [3, 4, 5, 3, 4], [0, 1, 2, 0, 1]]
    assert fill_order((4, 6), (2, 3), (2, 3)).tolist() == [[0, 1, 0], [2, 3, 2]]
    assert fill_order((4, 4), (4, 4), (2, 2)).tolist() == [[0, 0], [0, 0]]
