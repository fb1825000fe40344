"""Frames of one palette: the nearest colour, and colours that stay as they are."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fullconv.figures.indexed import indexed_images, nearest


@given(st.integers(0, 2**16), st.integers(1, 256))
def test_each_pixel_gets_the_nearest_colour(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    frame = rng.integers(0, 256, (5, 7, 3), np.uint8)
    palette = rng.integers(0, 256, (count, 3), np.uint8)
    squares = (frame[:, :, np.newaxis].astype(int) - palette.astype(int)) ** 2
    assert nearest(frame, palette).dtype == np.uint8
    np.testing.assert_array_equal(nearest(frame, palette), squares.sum(axis=-1).argmin(axis=-1))


def test_kept_colours_stay_and_all_frames_share_one_palette() -> None:
    rng = np.random.default_rng(0)
    kept = rng.integers(0, 256, (100, 3), np.uint8)
    frames = list(rng.integers(0, 256, (4, 40, 40, 3), np.uint8))
    frames[1][:10, :10] = kept.reshape(10, 10, 3)
    images = indexed_images(frames, kept)
    assert {bytes(image.getpalette() or []) for image in images} == {bytes(images[0].getpalette() or [])}
    np.testing.assert_array_equal(np.asarray(images[1].convert("RGB"))[:10, :10], kept.reshape(10, 10, 3))


def test_frames_of_few_colours_are_kept_exactly() -> None:
    frames = [np.full((6, 6, 3), colour, np.uint8) for colour in ((0, 0, 0), (250, 10, 10), (9, 9, 200))]
    for frame, image in zip(frames, indexed_images(frames, np.zeros((1, 3), np.uint8)), strict=True):
        np.testing.assert_array_equal(np.asarray(image.convert("RGB")), frame)


def test_a_full_palette_is_taken_as_it_is() -> None:
    kept = np.repeat(np.arange(256, dtype=np.uint8), 3).reshape(-1, 3)
    (image,) = indexed_images([kept.reshape(16, 16, 3)], kept)
    np.testing.assert_array_equal(np.asarray(image.convert("RGB")).reshape(-1, 3), kept)
