"""Sizes of objects, frames and reductions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fullconv.data.sources.crops.sides import (
    are_of_one_size,
    cut,
    reduced,
    reduction,
    side_for,
    side_with,
    stretched,
)

SIZES = st.lists(st.tuples(st.integers(1, 900), st.integers(1, 900)), min_size=1, max_size=30)


@given(SIZES)
def test_a_side_is_even_and_within_bounds(sizes: list[tuple[int, int]]) -> None:
    side = side_for(np.array(sizes, np.float32))
    assert side % 2 == 0
    assert 20 <= side <= 40


def test_a_side_is_the_median() -> None:
    assert side_for(np.array([[16, 49], [30, 30], [900, 900]], np.float32)) == 30
    assert side_with(32, 0.0) == 32
    assert side_with(32, 0.25) == 48


def test_crops_of_one_size() -> None:
    sizes = np.full((20, 2), 32, np.float32)
    assert are_of_one_size(sizes)
    sizes[0] = 30
    assert are_of_one_size(sizes)
    sizes[1] = 30
    assert not are_of_one_size(sizes)


def test_scenes_shrink_until_the_smallest_class_hardly_exceeds_its_frame() -> None:
    sizes = np.array([[100, 100], [100, 100], [48, 48], [300, 300]], np.float32)
    labels = np.array([0, 0, 1, 2], np.int32)
    assert reduction(sizes, labels, 20) == pytest.approx(0.5)
    assert reduction(sizes, labels, 40) == 1.0


@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from([1, 3]), st.integers(0, 255))
def test_an_even_picture_stays_even(height: int, width: int, channels: int, value: int) -> None:
    pixels = np.full((height, width, channels), value, np.uint8)
    for found in (stretched(pixels, (20, 20)), reduced(pixels, 0.3)):
        assert (found == value).all()


def test_what_shrinks_is_averaged() -> None:
    board = np.indices((200, 200)).sum(axis=0)[..., None] % 2 * np.uint8(255)
    found = stretched(board.astype(np.uint8), (20, 20))
    assert abs(found.astype(int) - 127).max() <= 3


def test_a_cut_beyond_the_border_repeats_its_last_pixels() -> None:
    pixels = np.arange(100, dtype=np.uint8).reshape(10, 10, 1)
    np.testing.assert_array_equal(cut(pixels, (2, 3, 4, 5), 0.0), pixels[3:8, 2:6])
    np.testing.assert_array_equal(cut(pixels, (2, 3, 4, 4), 0.25), pixels[2:8, 1:7])
    found = cut(pixels, (0, 0, 4, 4), 0.5)
    assert found.shape == (8, 8, 1)
    np.testing.assert_array_equal(found[2:, 2:], pixels[:6, :6])
    assert (found[:3, :3] == pixels[0, 0]).all()


@given(st.tuples(*[st.floats(-5, 25)] * 2, *[st.floats(0.5, 30)] * 2), st.floats(0, 2))
def test_a_cut_is_never_empty(box: tuple[float, float, float, float], margin: float) -> None:
    found = cut(np.zeros((20, 20, 3), np.uint8), box, margin)
    assert found.size
    assert abs(found.shape[1] - box[2] * (1 + 2 * margin)) <= 1
