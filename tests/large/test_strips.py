"""Regions read in strips: the pixels of what is asked for, each read once on the way down."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fullconv.large.strips import Strips

IMAGE = np.random.default_rng(0).random((120, 40, 3)).astype(np.float32)
REGION = ((10, 110), (5, 35))


class Counted:
    """Reads the image, and remembers which rows."""

    def __init__(self) -> None:
        self.rows: list[tuple[int, int]] = []

    def __call__(self, rows: tuple[int, int], cols: tuple[int, int]) -> np.ndarray:
        assert cols == REGION[1]
        self.rows.append(rows)
        return IMAGE[slice(*rows), slice(*cols)]


@given(st.data(), st.integers(1, 200))
def test_any_order_gives_what_the_image_has(data: st.DataObject, chunk: int) -> None:
    strips = Strips(Counted(), REGION, chunk)
    for _ in range(6):
        spans = []
        for low, high in REGION:
            start = data.draw(st.integers(low, high - 1))
            spans.append((start, data.draw(st.integers(start + 1, high))))
        expected = IMAGE[slice(*spans[0]), slice(*spans[1])]
        np.testing.assert_array_equal(strips(spans[0], spans[1]), expected)


@given(st.integers(1, 40), st.integers(0, 6), st.integers(1, 64))
def test_on_the_way_down_nothing_is_read_twice_and_chunks_are_read_whole(height: int, over: int, chunk: int) -> None:
    read = Counted()
    strips = Strips(read, REGION, chunk)
    for start in range(10, 110, height):
        strips((max(10, start - over), min(110, start + height)), (8, 20))
    assert read.rows[0][0] == 10
    assert read.rows[-1][1] == 110
    assert all(end == start for (_, end), (start, _) in zip(read.rows, read.rows[1:], strict=False))
    assert all(stop % chunk == 0 or stop == 110 for _, stop in read.rows)
