"""Peaks against their definition, cell by cell."""

from math import hypot
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fullconv.convert.geometry import Geometry
from fullconv.errors import InputError
from fullconv.locate.peaks import find_peaks

SQUARE = Geometry((28, 28), (8, 8), (0, 0))


def one_class(values: Any) -> Any:
    return np.asarray(values, np.float32)[..., None]


def with_background(foreground: Any) -> Any:
    return np.stack([foreground, 1 - foreground], axis=-1).astype(np.float32)


def places(peaks: Any) -> list[tuple[int, int]]:
    return [(peak.row, peak.col) for peak in peaks]


def brute_force(scores: Any, geometry: Geometry, background: int | None, threshold: float, distance: float) -> Any:
    """Peaks of a map without equal scores: (row, col, label), straight from the definition."""
    rows, cols, channels = scores.shape
    best: dict[tuple[int, int], tuple[float, int]] = {}
    for cell in np.ndindex(rows, cols):
        label = max(range(channels), key=lambda index: scores[cell][index])
        if label != background and scores[cell][label] >= np.float32(threshold):
            best[cell] = (float(scores[cell][label]), label)

    def near(cell: tuple[int, int], other: tuple[int, int]) -> bool:
        dy, dx = abs(cell[0] - other[0]), abs(cell[1] - other[1])
        return max(dy, dx) <= 1 or hypot(dy * geometry.stride[0], dx * geometry.stride[1]) < distance

    return {
        (*cell, label)
        for cell, (score, label) in best.items()
        if all(score >= other for place, (other, _) in best.items() if near(cell, place))
    }


@settings(deadline=None, max_examples=80)
@given(data=st.data())
def test_peaks_are_those_of_the_definition(data: st.DataObject) -> None:
    rows, cols = data.draw(st.integers(1, 9)), data.draw(st.integers(1, 9))
    channels = data.draw(st.integers(1, 4))
    background = data.draw(st.sampled_from([None, channels - 1] if channels > 1 else [None]))
    stride = (data.draw(st.integers(1, 9)), data.draw(st.integers(1, 9)))
    distance = data.draw(st.floats(0, 60))
    threshold = data.draw(st.sampled_from([0.0, 0.3, 0.5, 0.9]))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**20)))
    count = rows * cols * channels
    scores = (rng.permutation(count).reshape(rows, cols, channels) / count).astype(np.float32)
    geometry = Geometry((10, 12), stride, (0, 0))
    found = find_peaks(scores, geometry, background, threshold, distance)
    assert {(peak.row, peak.col, peak.label) for peak in found} == brute_force(
        scores, geometry, background, threshold, distance
    )
    for peak in found:
        assert (peak.y, peak.x) == geometry.center(peak.row, peak.col)
        assert peak.score == scores[peak.row, peak.col, peak.label]
    assert [peak.score for peak in found] == sorted((peak.score for peak in found), reverse=True)


@settings(deadline=None, max_examples=80)
@given(seed=st.integers(0, 2**20), stride=st.tuples(st.integers(1, 9), st.integers(1, 9)), distance=st.floats(0, 40))
def test_equal_scores_never_give_close_or_lower_peaks(seed: int, stride: tuple[int, int], distance: float) -> None:
    rng = np.random.default_rng(seed)
    values = rng.choice([0.0, 0.6, 0.8, 1.0], size=(7, 8))
    found = find_peaks(one_class(values), Geometry((10, 10), stride, (0, 0)), None, 0.5, distance)
    assert bool(found) == bool((values >= 0.5).any())
    for place, peak in enumerate(found):
        for other in found[place + 1 :]:
            assert hypot(peak.y - other.y, peak.x - other.x) >= distance
            assert max(abs(peak.row - other.row), abs(peak.col - other.col)) > 1
        beside = values[max(0, peak.row - 1) : peak.row + 2, max(0, peak.col - 1) : peak.col + 2]
        assert np.float32(beside.max()) == np.float32(peak.score)


def test_a_saturated_plateau_gives_one_peak_in_its_middle() -> None:
    values = np.zeros((15, 15))
    values[3:12, 2:13] = 1.0  # far wider than the distance
    assert places(find_peaks(one_class(values), SQUARE, None, 0.5, 8.0)) == [(7, 7)]


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (5, 1), (4, 4)])
def test_a_map_that_is_one_plateau_gives_one_peak(shape: tuple[int, int]) -> None:
    assert len(find_peaks(one_class(np.ones(shape)), SQUARE)) == 1


def test_plateaus_of_two_classes_side_by_side_give_two_peaks() -> None:
    scores = np.zeros((5, 12, 2), np.float32)
    scores[:, :6, 0] = 1.0
    scores[:, 6:, 1] = 1.0
    found = find_peaks(scores, SQUARE, None, 0.5, 14.0)
    assert sorted((peak.row, peak.label) for peak in found) == [(2, 0), (2, 1)]


def test_a_plateau_bent_around_its_middle_peaks_on_itself() -> None:
    values = np.ones((9, 9))
    values[1:8, 1:8] = 0.0
    (peak,) = find_peaks(one_class(values), SQUARE, None, 0.5, 14.0)
    assert values[peak.row, peak.col] == 1.0


def test_suppression_counts_pixels_on_each_axis() -> None:
    values = np.zeros((9, 9))
    values[1, 1], values[1, 4], values[4, 1] = 0.9, 0.8, 0.7
    uneven = Geometry((28, 28), (10, 4), (0, 0))
    # Three cells are 30 pixels down but 12 pixels across.
    assert places(find_peaks(one_class(values), uneven, None, 0.5, 20.0)) == [(1, 1), (4, 1)]


@pytest.mark.parametrize(("distance", "count"), [(16.0, 2), (16.01, 1)])
def test_peaks_exactly_the_distance_apart_both_stay(distance: float, count: int) -> None:
    values = np.zeros((3, 9))
    values[1, 2], values[1, 4] = 0.9, 0.9
    assert len(find_peaks(one_class(values), SQUARE, None, 0.5, distance)) == count


def test_neighbouring_cells_never_both_peak_however_small_the_distance() -> None:
    assert places(find_peaks(one_class([[0.9, 0.8, 0.2, 0.7]]), SQUARE, None, 0.5, 0.0)) == [(0, 0), (0, 3)]


def test_background_cells_neither_peak_nor_suppress() -> None:
    foreground = np.full((1, 4), 0.1)
    foreground[0, :2] = 0.49, 0.52
    assert places(find_peaks(with_background(foreground), SQUARE, 1, 0.0, 8.0)) == [(0, 1)]
    foreground[0, :2] = 0.49, 0.48
    assert find_peaks(with_background(foreground), SQUARE, 1, 0.0, 8.0) == []
    three = np.array([[[0.45, 0.05, 0.5], [0.34, 0.33, 0.33]]], np.float32)
    assert places(find_peaks(three, SQUARE, 2, 0.0, 8.0)) == [(0, 1)]


def test_a_score_at_the_threshold_is_reported() -> None:
    values = [[0.7, 0.0, 0.69]]
    assert places(find_peaks(one_class(values), SQUARE, None, 0.7, 8.0)) == [(0, 0)]


def test_objects_at_the_border_are_found() -> None:
    values = np.zeros((6, 6))
    values[0, 0], values[5, 5] = 0.9, 0.8
    assert places(find_peaks(one_class(values), SQUARE, None, 0.5, 14.0)) == [(0, 0), (5, 5)]


@pytest.mark.parametrize(
    ("scores", "options", "where"),
    [
        (np.zeros((3, 3)), {}, "scores"),
        (np.zeros((2, 3, 3, 1)), {}, "scores"),
        (np.zeros((0, 3, 1)), {}, "scores"),
        (np.zeros((3, 3, 1), int), {}, "scores"),
        (np.full((3, 3, 1), np.nan), {}, "scores"),
        (np.full((3, 3, 1), np.inf), {}, "scores"),
        (np.zeros((3, 3, 2)), {"threshold": 1.1}, "locate.threshold"),
        (np.zeros((3, 3, 2)), {"threshold": -0.1}, "locate.threshold"),
        (np.zeros((3, 3, 2)), {"threshold": float("nan")}, "locate.threshold"),
        (np.zeros((3, 3, 2)), {"distance": -1.0}, "locate.distance"),
        (np.zeros((3, 3, 2)), {"distance": float("inf")}, "locate.distance"),
        (np.zeros((3, 3, 2)), {"background": 2}, "background"),
        (np.zeros((3, 3, 2)), {"background": -1}, "background"),
        (np.zeros((3, 3, 1)), {"background": 0}, "background"),
    ],
)
def test_what_cannot_be_searched(scores: Any, options: dict[str, Any], where: str) -> None:
    with pytest.raises(InputError) as caught:
        find_peaks(scores, SQUARE, **options)
    assert caught.value.where == where
