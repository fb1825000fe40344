"""Objects cut out and painted: sizes, turns, ink, boxes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fullconv.data.scenes.objects import Cutout, common_ground, cut_out, paint

BLACK = np.zeros(1, np.float32)


def _ring(side: int = 20, ground: int = 0, ink: int = 255) -> np.ndarray:
    """A ring, brighter on its right, well inside a square frame."""
    rows, columns = np.mgrid[:side, :side] - (side - 1) / 2
    radius = np.hypot(rows, columns)
    image = np.where((radius > side / 6) & (radius < side / 3), np.where(columns > 0, ink, ink - 55), ground)
    return image.astype(np.uint8)[..., None]


def test_an_object_as_it_is() -> None:
    image = np.random.default_rng(0).integers(0, 201, (5, 7, 1), dtype=np.uint8)
    image[2, 3] = 200
    cut = cut_out(image, BLACK, (5, 7), 0.0)
    np.testing.assert_array_equal(cut.pixels, image)
    np.testing.assert_allclose(cut.ink, image / 200, rtol=1e-6)


def test_ink_is_the_distance_from_the_ground_whichever_is_lighter() -> None:
    dark = cut_out(255 - _ring(), BLACK + 255, (13, 13), 0.0)
    light = cut_out(_ring(), BLACK, (13, 13), 0.0)
    np.testing.assert_allclose(dark.ink, light.ink, atol=1e-5)
    colours = np.zeros((3, 3, 3), np.uint8)
    colours[1, 1] = (30, 0, 90)
    colours[1, 2] = (0, 45, 10)
    ink = cut_out(colours, np.zeros(3, np.float32), (3, 3), 0.0).ink
    np.testing.assert_allclose(ink[1, :, 0], [0, 1, 0.5])


def test_an_image_of_ground_alone_has_no_ink() -> None:
    cut = cut_out(np.full((4, 6, 1), 9, np.uint8), BLACK + 9, (8, 12), 3.0)
    assert not cut.ink.any()
    assert cut.ink_box() == (0, 0, 12, 8)


@pytest.mark.parametrize("side", [10, 5, 4])
def test_shrinking_averages_over_what_shrinks_into_a_pixel(side: int) -> None:
    # A fine grating would become stripes or nothing if single pixels were picked.
    grating = np.tile(np.array([[0, 200]], np.uint8), (20, 10))[..., None]
    cut = cut_out(grating, BLACK, (side, side), 0.0)
    np.testing.assert_allclose(cut.pixels[:, 1:-1], 100, atol=13)
    ring = _ring()
    assert cut_out(ring, BLACK, (side, side), 0.0).pixels.mean() == pytest.approx(ring.mean(), rel=0.1)


def test_growing_keeps_shape_and_proportion() -> None:
    ring = _ring()
    large = cut_out(ring, BLACK, (60, 80), 0.0).pixels
    assert large.shape == (60, 80, 1)
    np.testing.assert_allclose(large[1::3, 2::4], ring, atol=70)
    assert large.mean() == pytest.approx(ring.mean(), rel=0.01)
    assert large.max() <= 255


def test_a_turn_goes_the_way_it_says_and_keeps_the_ground() -> None:
    image = np.full((21, 21, 1), 40, np.uint8)
    image[10, 11:19] = 240  # a hand to the right
    ground = BLACK + 40
    turned = cut_out(image, ground, (21, 21), 90.0).pixels[..., 0]
    assert (turned[3:9, 10] > 200).all()  # and now upwards: anticlockwise
    assert (turned[12:, 10] == 40).all()
    small = cut_out(image, ground, (21, 21), 5.0).pixels[..., 0]
    assert (small[0] == 40).all()
    assert (small[:, 0] == 40).all()


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 7), st.integers(1, 255)), min_size=1, max_size=5))
def test_the_ink_box_is_the_smallest(dots: list[tuple[int, int, int]]) -> None:
    image = np.full((6, 8, 1), 10, np.uint8)
    for row, column, step in dots:
        image[row, column] = (10 + step) % 256
    rows, columns = np.nonzero(image[..., 0] != 10)
    expected = (columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1)
    assert cut_out(image, BLACK + 10, (6, 8), 0.0).ink_box() == expected


def test_traces_that_round_to_nothing_are_outside_the_box() -> None:
    pixels = np.zeros((4, 5, 1), np.float32)
    pixels[1, 2], pixels[3, 4] = 0.5, 0.4
    assert Cutout(pixels, pixels, BLACK).ink_box() == (2, 1, 1, 1)


def test_painting_pixel_by_pixel() -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (3, 4, 1), dtype=np.uint8)
    ground, canvas = BLACK + 30, rng.uniform(0, 255, (8, 9, 3)).astype(np.float32)
    cut = cut_out(image, ground, (3, 4), 0.0)
    peak = np.abs(image.astype(float) - 30).max()
    for colour in (None, np.array([200, 100, 50], np.float32)):
        painted = canvas.copy()
        paint(painted, cut, 4, 2, colour)
        for row, column, channel in np.ndindex(8, 9, 3):
            expected = float(canvas[row, column, channel])
            if 4 <= row < 7 and 2 <= column < 6:
                pixel = float(image[row - 4, column - 2, 0])
                ink = abs(pixel - 30) / peak
                new = pixel + (1 - ink) * (expected - 30) if colour is None else expected
                expected = new if colour is None else (1 - ink) * expected + ink * float(colour[channel])
            assert painted[row, column, channel] == pytest.approx(expected, abs=1e-3)


def test_the_common_ground_survives_objects_at_the_border() -> None:
    images = np.full((9, 6, 5, 2), (0, 200), np.uint8)
    images[:, 2:4, 1:4] = 77
    images[:4] = 50  # four of nine fill their frame
    np.testing.assert_array_equal(common_ground(images), [0, 200])
