"""Parts of a photo as the classifier reads them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fullconv.locate.regions.crops import crops_of

pytestmark = pytest.mark.numeric


def ramp(height: int, width: int) -> np.ndarray:
    """A photo whose red is the row and whose green is the column of each pixel, in hundredths."""
    y, x = np.mgrid[:height, :width] / 100
    return np.stack([y, x, np.zeros_like(x)], axis=-1).astype(np.float32)


def seen(crop: np.ndarray) -> tuple[float, float, float, float]:
    """Top, bottom, left, right of what a crop shows, in pixels."""
    return crop[..., 0].min() * 100, crop[..., 0].max() * 100, crop[..., 1].min() * 100, crop[..., 1].max() * 100


def test_a_box_with_a_margin_and_the_windows_aspect() -> None:
    (crop,) = crops_of(ramp(100, 100), [(40.0, 45.0, 20.0, 10.0)], (16, 16))
    assert crop.shape == (16, 16, 3)
    # 20 pixels and 15 % more, around (50, 50).
    assert seen(crop) == pytest.approx((38.5, 61.5, 38.5, 61.5), abs=1.5)


def test_at_the_border_the_part_moves_inside() -> None:
    (crop,) = crops_of(ramp(100, 100), [(0.0, 90.0, 20.0, 10.0)], (16, 16))
    top, bottom, left, right = seen(crop)
    assert (bottom, left) == pytest.approx((99, 0), abs=1.5)
    assert (bottom - top, right - left) == pytest.approx((22, 22), abs=2)


def test_the_whole_photo_is_squeezed() -> None:
    (crop,) = crops_of(ramp(50, 90), [(0.0, 0.0, 90.0, 50.0)], (10, 10))
    assert seen(crop) == pytest.approx((2, 47, 4, 85), abs=3)


@given(st.integers(1, 40), st.integers(1, 40), st.floats(0, 1), st.floats(0, 1), st.floats(0.01, 1), st.floats(0.01, 1))
def test_every_box_has_a_crop_within_the_photo(
    height: int, width: int, x: float, y: float, across: float, down: float
) -> None:
    box = (x * width, y * height, across * (width - x * width), down * (height - y * height))
    (crop,) = crops_of(ramp(height, width), [box], (8, 6))
    assert crop.shape == (8, 6, 3)
    assert np.isfinite(crop).all()
    # The resampling overshoots a little.
    assert crop[..., 0].max() <= 1.2 * height / 100
