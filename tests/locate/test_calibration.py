"""Scores to probabilities on straight lines: order is kept, and all stays within 0 and 1."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fullconv.errors import InputError
from fullconv.locate.calibration import Knots, calibrated, checked_knots

pytestmark = pytest.mark.numeric

SHARE = st.floats(0, 1)


@st.composite
def knots(draw: st.DrawFn) -> Knots:
    raw = sorted(draw(st.sets(SHARE, max_size=6)))
    made = sorted(draw(st.lists(SHARE, min_size=len(raw), max_size=len(raw))))
    return tuple(zip(raw, made, strict=True))


@given(knots(), st.lists(SHARE, max_size=20))
def test_order_is_kept_and_all_stays_within_0_and_1(lines: Knots, scores: list[float]) -> None:
    made = calibrated(np.sort(np.array(scores, np.float64)), checked_knots(lines, "here"))
    assert (np.diff(made) >= 0).all()
    assert ((made >= 0) & (made <= 1)).all()


@given(knots())
def test_a_knot_is_met(lines: Knots) -> None:
    raw, made = np.array(lines, np.float64).reshape(-1, 2).T
    apart = len(raw) == 0 or np.diff(raw, prepend=-1e-3, append=1 + 1e-3).min() > 1e-6
    if apart and lines:
        np.testing.assert_allclose(calibrated(raw, lines), made, atol=1e-6)


def test_lines_by_hand() -> None:
    made = calibrated(np.array([0.0, 0.1, 0.2, 0.5, 0.8, 0.9, 1.0]), ((0.2, 0.1), (0.8, 0.4)))
    np.testing.assert_allclose(made, [0.0, 0.05, 0.1, 0.25, 0.4, 0.7, 1.0], atol=1e-6)


def test_no_knots_leave_every_bit() -> None:
    scores = np.random.default_rng(0).random(50)
    assert calibrated(scores, ()).tobytes() == scores.tobytes()


@pytest.mark.parametrize(
    ("given_knots", "said"),
    [
        ([[0.5, 0.1], [0.5, 0.2]], "numbers that fall"),
        ([[0.1, 0.4], [0.5, 0.2]], "numbers that fall"),
        ([[0.1, -0.1]], "outside"),
        ([[float("nan"), 0.1]], "outside"),
        ([["a", 0.1]], "no pairs of numbers"),
        (7, "no pairs of numbers"),
    ],
)
def test_knots_that_cannot_be_are_refused(given_knots: object, said: str) -> None:
    with pytest.raises(InputError, match=said):
        checked_knots(given_knots, "finder.json")
