"""Resizing: as Pillow's, and parts of it from no more pixels than they need."""

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from fullconv.locate.levels.resize import reduced, resized, resized_part, taken

# Numbers of single precision are summed in another order.
ROUNDING = 1e-6

SIDES = st.integers(1, 70)
PAIRS = st.tuples(SIDES, SIDES)


def image(seed: int, size: tuple[int, int], channels: int, sharp: bool) -> Any:
    pixels = np.random.default_rng(seed).random((*size, channels), dtype=np.float32)
    return np.round(pixels) if sharp else pixels


def by_pillow(pixels: Any, small: tuple[int, int]) -> Any:
    planes = [
        np.asarray(Image.fromarray(pixels[..., place]).resize(small[::-1], Image.Resampling.BICUBIC))
        for place in range(pixels.shape[-1])
    ]
    return np.clip(np.stack(planes, axis=-1), 0, 1)


@st.composite
def spans(draw: st.DrawFn, side: int) -> tuple[int, int]:
    first = draw(st.integers(0, side - 1))
    return first, draw(st.integers(first + 1, side))


@given(seed=st.integers(0, 99), size=PAIRS, small=PAIRS, channels=st.sampled_from([1, 3]), sharp=st.booleans())
@example(seed=0, size=(70, 3), small=(2, 61), channels=3, sharp=True)
def test_a_resized_image_is_that_of_pillow(
    seed: int, size: tuple[int, int], small: tuple[int, int], channels: int, sharp: bool
) -> None:
    pixels = image(seed, size, channels, sharp)
    (made,) = resized(pixels[None], *small)
    assert made.dtype == np.float32
    np.testing.assert_allclose(made, by_pillow(pixels, small), rtol=0, atol=ROUNDING)


def test_an_image_of_the_same_size_is_the_same() -> None:
    pixels = image(1, (9, 11), 3, sharp=False)[None]
    np.testing.assert_array_equal(resized(pixels, 9, 11), pixels)


def test_images_are_resized_each_by_itself() -> None:
    pixels = np.stack([image(seed, (20, 31), 1, sharp=True) for seed in range(3)])
    together = resized(pixels, 13, 40)
    for one, made in zip(pixels, together, strict=True):
        np.testing.assert_array_equal(resized(one[None], 13, 40)[0], made)


@given(data=st.data(), seed=st.integers(0, 99), size=PAIRS, small=PAIRS, sharp=st.booleans())
def test_a_part_has_the_bits_of_the_whole_from_no_more_than_it_needs(
    data: st.DataObject, seed: int, size: tuple[int, int], small: tuple[int, int], sharp: bool
) -> None:
    pixels = image(seed, size, 2, sharp)
    rows, cols = data.draw(spans(small[0])), data.draw(spans(small[1]))
    (top, bottom), (left, right) = (taken(size[axis], small[axis], span) for axis, span in enumerate((rows, cols)))
    assert 0 <= top < bottom <= size[0]
    assert 0 <= left < right <= size[1]
    given_ones = np.ascontiguousarray(pixels[None, top:bottom, left:right])
    (part,) = resized_part(given_ones, (top, left), size, small, (rows, cols))
    np.testing.assert_array_equal(part, resized(pixels[None], *small)[0, slice(*rows), slice(*cols)])


@given(data=st.data(), seed=st.integers(0, 99), size=PAIRS, small=PAIRS)
def test_what_a_part_does_not_need_does_not_matter(
    data: st.DataObject, seed: int, size: tuple[int, int], small: tuple[int, int]
) -> None:
    pixels = image(seed, size, 1, sharp=False)
    rows, cols = data.draw(spans(small[0])), data.draw(spans(small[1]))
    (top, bottom), (left, right) = (taken(size[axis], small[axis], span) for axis, span in enumerate((rows, cols)))
    others = np.ones(size, bool)
    others[top:bottom, left:right] = False
    changed = np.where(others[..., None], 1 - pixels, pixels)
    parts = [resized(one[None], *small)[0, slice(*rows), slice(*cols)] for one in (pixels, changed)]
    np.testing.assert_array_equal(*parts)


def test_a_pixel_within_what_is_taken_matters() -> None:
    # 70 pixels to 10: a place is made of four times seven pixels, the outermost weigh little.
    assert taken(70, 10, (4, 5)) == (18, 46)
    row = np.zeros((1, 1, 70, 1), np.float32)
    without = resized_part(row, (0, 0), (1, 70), (1, 10), ((0, 1), (4, 5)))
    row[..., 31, :] = 1
    assert resized_part(row, (0, 0), (1, 70), (1, 10), ((0, 1), (4, 5))) > without + 0.1


@given(
    seed=st.integers(0, 99),
    size=PAIRS,
    smalls=st.lists(PAIRS, min_size=1, max_size=3),
    block=st.tuples(st.integers(1, 80), st.integers(1, 80)),
    channels=st.sampled_from([1, 3]),
    sharp=st.booleans(),
)
@example(seed=0, size=(64, 64), smalls=[(7, 9), (64, 64)], block=(16, 64), channels=3, sharp=True)
def test_an_image_is_reduced_in_one_pass_by_any_blocks(
    seed: int,
    size: tuple[int, int],
    smalls: list[tuple[int, int]],
    block: tuple[int, int],
    channels: int,
    sharp: bool,
) -> None:
    pixels, times = image(seed, size, channels, sharp), np.zeros(size, int)

    def read(rows: tuple[int, int], cols: tuple[int, int]) -> Any:
        assert rows[1] - rows[0] <= block[0]
        assert cols[1] - cols[0] <= block[1]
        times[slice(*rows), slice(*cols)] += 1
        return pixels[slice(*rows), slice(*cols)]

    made = reduced(read, size, smalls, block)
    assert (times == 1).all()
    assert len(made) == len(smalls)
    for one, small in zip(made, smalls, strict=True):
        np.testing.assert_allclose(one, resized(pixels[None], *small)[0], rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("small", [(30, 40), (25, 55)])
def test_pixels_stay_within_what_pixels_may_be(small: tuple[int, int]) -> None:
    pixels = image(5, (20, 40), 1, sharp=True)
    (made,) = reduced(lambda rows, cols: pixels[slice(*rows), slice(*cols)], (20, 40), [small], (6, 7))
    for one in (resized(pixels[None], *small), made):
        assert one.min() == 0
        assert one.max() == 1
