"""Windows in pixels: boxes, centres, counts, and the composition of layers against brute force."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fullconv.convert.geometry import Geometry
from fullconv.errors import InputError

GEOMETRY = Geometry(window=(28, 20), stride=(8, 4), offset=(0, 0))
pairs = st.tuples(st.integers(1, 9), st.integers(1, 9))


def test_box_is_in_coco_order() -> None:
    assert GEOMETRY.box(2, 3) == (12, 16, 20, 28)


def test_center_counts_pixel_edges() -> None:
    assert GEOMETRY.center(0, 0) == (14.0, 10.0)
    assert GEOMETRY.center(2, 3) == (30.0, 22.0)
    assert Geometry((15, 15), (8, 8), (-4, -4)).center(0, 0) == (3.5, 3.5)


@pytest.mark.parametrize(
    ("height", "width", "expected"),
    [(28, 20, (1, 1)), (27, 20, (0, 1)), (35, 23, (1, 1)), (36, 24, (2, 2)), (128, 128, (13, 28)), (1, 1, (0, 0))],
)
def test_cells(height: int, width: int, expected: tuple[int, int]) -> None:
    assert GEOMETRY.cells(height, width) == expected


@given(pairs, pairs, st.tuples(st.integers(-9, 9), st.integers(-9, 9)), pairs.map(lambda pair: (pair[0] * 4, pair[1])))
def test_cells_are_the_windows_inside(
    window: tuple[int, int], stride: tuple[int, int], offset: tuple[int, int], image: tuple[int, int]
) -> None:
    geometry = Geometry(window, stride, offset)
    boxes = [geometry.box(row, row) for row in range(60)]
    rows = sum(y >= 0 and y + height <= image[0] for _, y, _, height in boxes)
    cols = sum(x >= 0 and x + width <= image[1] for x, _, width, _ in boxes)
    assert geometry.cells(*image) == (rows, cols)


@given(pairs, pairs, st.integers(-9, 9), st.integers(0, 6), st.integers(0, 6))
def test_nearest_finds_a_cell_from_its_center(
    window: tuple[int, int], stride: tuple[int, int], offset: int, row: int, col: int
) -> None:
    geometry = Geometry(window, stride, (offset, -offset))
    assert geometry.nearest(*geometry.center(row, col)) == (row, col)


@pytest.mark.parametrize(
    ("y", "x", "expected"),
    [(14.0, 10.0, (0, 0)), (17.9, 11.9, (0, 0)), (18.0, 12.0, (1, 1)), (-50.0, 0.0, (0, 0)), (30.0, 400.0, (2, 98))],
)
def test_nearest(y: float, x: float, expected: tuple[int, int]) -> None:
    assert GEOMETRY.nearest(y, x) == expected


def test_dictionary_round_trip() -> None:
    assert Geometry.from_dict(json.loads(json.dumps(GEOMETRY.as_dict()))) == GEOMETRY


@pytest.mark.parametrize(
    "content", [{}, {"window": [1, 2], "stride": [1, 2]}, {"window": 1, "stride": [1, 2], "offset": [0, 0]}]
)
def test_incomplete_dictionary_is_refused(content: dict[str, object]) -> None:
    with pytest.raises(InputError, match="geometry"):
        Geometry.from_dict(content)


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 4), st.integers(0, 3)), min_size=1, max_size=4))
def test_composition_is_what_the_layers_reach(layers: list[tuple[int, int, int]]) -> None:
    """Follow cell 3 back to the input: each layer's first and last index."""
    geometry = Geometry((1, 1), (1, 1), (0, 0))
    for kernel, stride, padding in layers:
        geometry = geometry.then((kernel, 1), (stride, 1), (padding, 0))
    first = last = 3
    for kernel, stride, padding in reversed(layers):
        first, last = first * stride - padding, last * stride - padding + kernel - 1
    _, y, _, height = geometry.box(3, 0)
    assert (y, height) == (first, last - first + 1)


def test_union_of_branches_covers_both() -> None:
    one, other = Geometry((3, 5), (2, 2), (0, -2)), Geometry((1, 1), (2, 2), (-1, 4))
    assert one.united(other) == Geometry((4, 7), (2, 2), (-1, -2))
    with pytest.raises(ValueError, match="align"):
        one.united(Geometry((1, 1), (4, 2), (0, 0)))
