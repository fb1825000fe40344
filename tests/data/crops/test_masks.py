"""How much of a crop's pixels is the object."""

import numpy as np
import numpy.typing as npt
import pytest

from fullconv.data.crops.masks import opacities


def masks(height: int, width: int, margin: float = 0.0, count: int = 2) -> npt.NDArray[np.uint8]:
    return opacities(np.zeros((count, height, width, 3), np.uint8), margin)


def test_the_middle_is_the_object_and_the_corners_are_not() -> None:
    drawn = masks(41, 61)
    assert (drawn.shape, drawn.dtype) == ((2, 41, 61), np.uint8)
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert drawn[0, 20, 30] == 255
    assert drawn[0, [0, 0, -1, -1], [0, -1, 0, -1]].max() == 0
    # On the frame, half way between .85 and 1.15 of its half sides.
    assert drawn[0, [0, -1, 20, 20], [30, 30, 0, -1]].tolist() == pytest.approx([127.5] * 4, abs=1)


def test_it_falls_from_the_middle_outwards_alike_on_all_sides() -> None:
    (drawn,) = masks(40, 64, count=1).astype(int)
    np.testing.assert_array_equal(drawn, drawn[::-1])
    np.testing.assert_array_equal(drawn, drawn[:, ::-1])
    assert (np.diff(drawn[20:, 32:], axis=0) <= 0).all()
    assert (np.diff(drawn[20:, 32:], axis=1) <= 0).all()


@pytest.mark.parametrize("margin", [0.25, 0.5])
def test_a_margin_is_no_object(margin: float) -> None:
    side = 81
    (drawn,) = masks(side, side, margin, count=1)
    rows = np.flatnonzero(drawn[:, side // 2] >= 128)
    assert len(rows) == pytest.approx(side / (1 + 2 * margin), abs=2)
    assert drawn[0].max() == drawn[:, 0].max() == 0
    with_none = masks(round(side / (1 + 2 * margin)), 41, count=1)
    assert (drawn == 255).mean() == pytest.approx((with_none == 255).mean() / (1 + 2 * margin) ** 2, abs=0.03)
