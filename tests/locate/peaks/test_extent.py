"""Tight boxes around known ink."""

from typing import Any

import numpy as np
import pytest

from fullconv.locate.peaks.extent import tight_box


def ring(image: Any, y: int, x: int, height: int, width: int, value: Any = 1.0) -> None:
    """Draw a hollow rectangle two pixels thick: ink whose extent is known."""
    for rows, cols in (
        (slice(y, y + 2), slice(x, x + width)),
        (slice(y + height - 2, y + height), slice(x, x + width)),
        (slice(y, y + height), slice(x, x + 2)),
        (slice(y, y + height), slice(x + width - 2, x + width)),
    ):
        image[rows, cols] = value


WINDOW = np.array([20.0, 16.0, 28.0, 28.0])


@pytest.mark.parametrize("noise", [0.0, 0.3])
@pytest.mark.parametrize("channels", [1, 3])
def test_ink_on_a_ground(noise: float, channels: int) -> None:
    image = np.random.default_rng(0).uniform(0, noise, (60, 70, channels)).astype(np.float32)
    ring(image, 20, 27, 18, 12)
    assert tight_box(image, WINDOW).tolist() == [27, 20, 12, 18]


def test_dark_ink_on_a_light_ground() -> None:
    image = np.full((60, 70, 1), 0.9, np.float32)
    ring(image, 20, 27, 18, 12, 0.2)
    assert tight_box(image, WINDOW).tolist() == [27, 20, 12, 18]


def test_a_neighbour_is_left_out() -> None:
    image = np.zeros((60, 70, 1), np.float32)
    ring(image, 20, 27, 18, 12)
    ring(image, 18, 43, 20, 14)
    image[30, 41] = 1.0  # a speck
    assert tight_box(image, WINDOW).tolist() == [27, 20, 12, 18]


def test_parts_of_one_object_stay_together() -> None:
    image = np.zeros((60, 70, 1), np.float32)
    image[20:27, 30:36] = 1.0
    image[30:40, 29:37] = 1.0
    assert tight_box(image, WINDOW).tolist() == [29, 20, 8, 20]


def test_a_window_over_the_images_border() -> None:
    image = np.zeros((40, 40, 1), np.float32)
    ring(image, 0, 0, 18, 12)
    assert tight_box(image, np.array([-8.0, -5.0, 28.0, 28.0])).tolist() == [0, 0, 12, 18]


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((60, 70, 1), np.float32),
        np.random.default_rng(0).random((60, 70, 3), np.float32),
        np.tile(np.linspace(0, 1, 70, dtype=np.float32)[None, :, None], (60, 1, 1)),
    ],
    ids=["empty", "noise", "ramp"],
)
def test_without_clear_ink_the_middle_of_the_window(image: Any) -> None:
    x, y, width, height = tight_box(image, WINDOW)
    assert (x + width / 2, y + height / 2) == pytest.approx((34.0, 30.0))
    assert width == height == pytest.approx(0.72 * 28)


def test_a_window_of_hardly_a_pixel() -> None:
    image = np.zeros((20, 20, 1), np.float32)
    assert np.isfinite(tight_box(image, np.array([3.2, 4.1, 1.5, 0.7]))).all()


def test_a_speck_alone_is_no_object() -> None:
    image = np.zeros((60, 70, 1), np.float32)
    image[30:32, 34:36] = 1.0
    assert tight_box(image, WINDOW)[2] == pytest.approx(0.72 * 28)
