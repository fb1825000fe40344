"""Tiles that show nothing but the ground."""

import numpy as np
import pytest

from fullconv.large.blank import shown_in


def page(ground: float) -> np.ndarray:
    """Return an even ground with a file's noise, and ink in one corner."""
    rng = np.random.default_rng(0)
    image = np.clip(ground + rng.normal(0, 0.004, (60, 80, 3)), 0, 1).astype(np.float32)
    image[5:12, 10:30] = abs(ground - 0.6)
    return image


@pytest.mark.parametrize("ground", [1.0, 0.9, 0.1])
def test_what_differs_from_the_ground_is_something_and_so_is_what_lies_near(ground: float) -> None:
    shown = shown_in(page(ground), (3, 4))
    expected = np.zeros((60, 80), bool)
    expected[2:15, 6:34] = True
    np.testing.assert_array_equal(shown, expected)


@pytest.mark.parametrize("ground", [1.0, 0.5])
def test_an_even_picture_shows_nothing(ground: float) -> None:
    assert not shown_in(np.full((20, 30, 3), ground, np.float32), (1, 1)).any()
    noisy = ground * (1 - np.random.default_rng(1).uniform(0, 0.02, (20, 30, 1)).astype(np.float32))
    assert not shown_in(noisy, (1, 1)).any()
