"""Frames and sizes of classes: boxes of a class's own, and what a size that it never has costs."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fullconv.config.schema import LocateConfig
from fullconv.errors import InputError
from fullconv.locate.dimensions import Dimensions, dimensions_of
from fullconv.locate.levels.sizes import sought_sizes
from fullconv.locate.peaks.framing import at_their_size, nearer_to_usual, shares_of

pytestmark = pytest.mark.numeric

LABELS = np.array([0, 1, 0])


def test_shares_of_classes_and_whole_windows() -> None:
    dimensions = Dimensions(((0.5, 0.25), (1.0, 2.0)))
    np.testing.assert_array_equal(shares_of(dimensions, LABELS), [[0.5, 0.25], [1, 2], [0.5, 0.25]])
    np.testing.assert_array_equal(shares_of(None, LABELS), np.ones((3, 2)))


def test_a_size_beyond_the_range_costs_its_square() -> None:
    dimensions = Dimensions(((1.0, 1.0), (1.0, 1.0)), ((10.0, 20.0, 40.0), (5.0, 6.0, 7.0)))
    frames = np.array([[20.0, 20.0], [14.0, 3.5], [40.0 * np.exp(0.3), 40.0 * np.exp(0.3)]])
    odds = at_their_size(np.array([1.0, 2.0, 3.0]), LABELS, frames, dimensions)
    # √(14·3.5) = 7 is the greatest of class 1; .3 beyond it in the logarithm are two spreads: two off.
    np.testing.assert_allclose(odds, [1.0, 2.0, 3.0 - 2.0])
    smaller = at_their_size(np.zeros(1), np.array([0]), np.array([[10 * np.exp(-0.15)] * 2]), dimensions)
    np.testing.assert_allclose(smaller, [-0.5])


@pytest.mark.parametrize("dimensions", [None, Dimensions(((1.0, 1.0), (1.0, 1.0)))])
def test_unknown_sizes_cost_nothing(dimensions: Dimensions | None) -> None:
    odds = np.array([1.0, 2.0, 3.0])
    assert at_their_size(odds, LABELS, np.full((3, 2), 1e6), dimensions) is odds


def test_levels_are_those_that_the_sizes_of_classes_ask_for() -> None:
    config = LocateConfig(sizes=["auto"], spacing=1.2)
    dimensions = Dimensions(((0.5, 0.5), (0.4, 0.9)), ((10.0, 12.0, 14.0), (30.0, 33.0, 36.0)))
    least, greatest = sought_sizes(config, (100, 100), (20, 20), dimensions)
    # The window is twice as large as an object of class 0, and 1 / .6 of one of class 1.
    assert (least, greatest) == (pytest.approx(20 / 1.2), pytest.approx(60 * 1.2))
    # What a person says is of objects, too: the smallest of class 1, the largest of class 0.
    said = sought_sizes(replace(config, sizes=[6, 9]), (100, 100), (20, 20), dimensions)
    assert said == pytest.approx([6 / 0.6, 9 / 0.5])
    assert sought_sizes(replace(config, sizes=[6, 9]), (100, 100), (20, 20)) == [6, 9]
    # Of crops that tell no sizes: objects from a sixteenth of the picture, of the largest share, to all of it.
    unknown = sought_sizes(config, (400, 300), (20, 20), replace(dimensions, sizes=()))
    assert unknown == pytest.approx([300 / 16 / 0.6, 300 / 0.5])
    assert sought_sizes(config, (400, 300), (20, 20)) == pytest.approx([300 / 8, 300])


@pytest.mark.parametrize("value", [0, -1, float("inf"), float("nan")])
def test_dimensions_that_cannot_be_are_refused(value: float) -> None:
    with pytest.raises(InputError, match=r"^here: a dimension that is no positive number"):
        dimensions_of({"frames": {"a": [1, value]}}, ("a",), "here")


def test_a_size_moves_to_the_usual_one_as_far_as_its_class_is_the_surer() -> None:
    # A range of 4.1 · .16 in the logarithm is as wide as what is read scatters: halfway.
    wide = 4.1 * 0.16
    sizes = (20 * np.exp(-wide / 2), 20.0, 20 * np.exp(wide / 2)), (6.0, 6.0, 6.0)
    dimensions = Dimensions(((1.0, 1.0), (1.0, 1.0)), sizes)
    frames = np.array([[80.0, 80.0], [7.0, 14.0], [10.0, 2.5]])
    moved = nearer_to_usual(LABELS, frames, dimensions)
    # √(20·80) = 40; class 1 has one size alone, √(7·14) = 9.9 becomes 6; √(10·2.5) = 5 becomes √(20·5) = 10.
    np.testing.assert_allclose(moved, [[40, 40], [6 / np.sqrt(2), 6 * np.sqrt(2)], [20, 5]])


@given(
    st.lists(st.floats(2, 500), min_size=3, max_size=3).map(sorted),
    st.floats(1, 1000),
    st.floats(1, 1000),
)
def test_a_moved_size_lies_between_what_is_read_and_what_is_usual(sizes: list[float], high: float, wide: float) -> None:
    least, usual, greatest = sizes
    dimensions = Dimensions(((1.0, 1.0),), ((least, usual, greatest),))
    ((y, x),) = nearer_to_usual(np.array([0]), np.array([[high, wide]]), dimensions)
    read = np.sqrt(high * wide)
    assert min(read, usual) * (1 - 1e-9) <= np.sqrt(y * x) <= max(read, usual) * (1 + 1e-9)
    assert y / x == pytest.approx(high / wide)


@pytest.mark.parametrize("dimensions", [None, Dimensions(((1.0, 1.0), (1.0, 1.0)))])
def test_without_known_sizes_frames_stay_as_they_are_read(dimensions: Dimensions | None) -> None:
    frames = np.array([[80.0, 80.0], [7.0, 14.0], [10.0, 2.5]])
    assert nearer_to_usual(LABELS, frames, dimensions) is frames


def test_in_reduced_pictures_sizes_are_smaller_and_frames_as_they_were() -> None:
    dimensions = Dimensions(((0.5, 0.25),), ((10.0, 12.0, 16.0),))
    assert dimensions.reduced(0.25) == Dimensions(((0.5, 0.25),), ((2.5, 3.0, 4.0),))
    assert dimensions.reduced(1.0) == dimensions
    unknown = Dimensions(((0.5, 0.25),))
    assert unknown.reduced(0.25) == unknown
