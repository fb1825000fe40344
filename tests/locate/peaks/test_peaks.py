"""Peaks against their definition, cell by cell, and their places against known bumps."""

from math import log
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fullconv.convert.geometry import Geometry
from fullconv.errors import InputError
from fullconv.locate.peaks.places import find_peaks
from fullconv.locate.peaks.subcell import reach_of

SQUARE = Geometry((28, 28), (4, 4), (0, 0))


def one_class(values: Any) -> Any:
    return np.asarray(values, np.float32)[..., None]


def places(peaks: Any) -> list[tuple[int, int]]:
    return [(peak.row, peak.col) for peak in peaks]


def brute_force(scores: Any, background: int | None, threshold: float, reach: tuple[int, int]) -> Any:
    """Peaks of a map of distributions without equal scores: (row, col, label), straight from the definition."""
    best: dict[tuple[int, int], tuple[float, int]] = {}
    for row, col in np.ndindex(*scores.shape[:2]):
        cell = scores[row, col].astype(float)
        label = max((index for index in range(len(cell)) if index != background), key=lambda index: cell[index])
        if np.float32(cell[label]) >= np.float32(threshold):
            best[row, col] = (log(cell[label]) - log(cell.sum() - cell[label]), label)
    return {
        (*cell, label)
        for cell, (odds, label) in best.items()
        if all(
            odds >= other
            for place, (other, _) in best.items()
            if abs(place[0] - cell[0]) <= reach[0] and abs(place[1] - cell[1]) <= reach[1]
        )
    }


@settings(max_examples=80)
@given(data=st.data())
def test_peaks_are_those_of_the_definition(data: st.DataObject) -> None:
    rows, cols, channels = (data.draw(st.integers(low, high)) for low, high in ((1, 12), (1, 12), (2, 4)))
    background = data.draw(st.sampled_from([None, 0, channels - 1]))
    stride = (data.draw(st.integers(1, 9)), data.draw(st.integers(1, 9)))
    threshold = data.draw(st.sampled_from([0.05, 0.3, 0.5, 0.9]))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**20)))
    scores = rng.dirichlet(np.full(channels, 0.6), (rows, cols)).astype(np.float32) + np.float32(1e-4)
    scores /= scores.sum(axis=-1, keepdims=True)
    geometry = Geometry((10, 32), stride, (-3, 2))
    found = find_peaks(scores, geometry, background, threshold)
    reach = reach_of(geometry.window, stride)
    assert {(peak.row, peak.col, peak.label) for peak in found} == brute_force(scores, background, threshold, reach)
    assert [peak.score for peak in found] == sorted((peak.score for peak in found), reverse=True)
    for peak in found:
        y, x = geometry.center(peak.row, peak.col)
        assert abs(peak.y - y) <= max(0.5, reach[0] / 2) * stride[0]
        assert abs(peak.x - x) <= max(0.5, reach[1] / 2) * stride[1]
        assert peak.score == pytest.approx(scores[peak.row, peak.col, peak.label], abs=1e-6)


@pytest.mark.parametrize("stride", [1, 2, 4])
@settings(max_examples=40)
@given(data=st.data())
def test_a_bump_of_probability_is_found_within_a_tenth_of_a_cell(stride: int, data: st.DataObject) -> None:
    height = data.draw(st.floats(0.2, 0.98))
    spread = data.draw(st.floats(4.0, 12.0))  # pixels
    y, x = (data.draw(st.floats(30.0, 50.0)) for _ in range(2))
    geometry = Geometry((28, 28), (stride, stride), (0, 0))
    rows, cols = np.mgrid[: 52 // stride, : 52 // stride] * stride + 14.0
    bump = height * np.exp(-((rows - y) ** 2 + (cols - x) ** 2) / (2 * spread**2))
    scores = np.stack([bump / 100, bump, 1 - bump - bump / 100], axis=-1).astype(np.float32)
    (found,) = find_peaks(scores, geometry, 2, 0.1)
    assert found.label == 1
    assert max(abs(found.y - y), abs(found.x - x)) <= max(0.1 * stride, 0.4)


@settings(max_examples=60)
@given(y=st.floats(25, 60), x=st.floats(25, 60))
def test_a_saturated_flat_top_is_found_in_its_middle(y: float, x: float) -> None:
    # Log-odds as those of a trained network: flat for a few pixels, then steep; float32 shows 1 on the top.
    geometry = Geometry((28, 28), (1, 1), (0, 0))
    rows, cols = np.mgrid[:60, :60] + 14.0
    odds = np.maximum(25 - 4 * np.maximum(np.maximum(abs(rows - y), abs(cols - x)) - 3, 0) ** 1.5, -60)
    p = 1 / (1 + np.exp(-odds))
    scores = np.stack([p, 1 / (1 + np.exp(odds))], axis=-1).astype(np.float32)
    (found,) = find_peaks(scores, geometry, 1, 0.5)
    assert max(abs(found.y - y), abs(found.x - x)) < 0.8


def test_probabilities_that_round_to_one_are_still_told_apart() -> None:
    scores = np.zeros((1, 9, 2), np.float32)
    scores[..., 1] = 1.0
    scores[0, 1] = 1.0, 1e-12
    scores[0, 6] = 1.0, 1e-20
    assert places(find_peaks(scores, SQUARE, 1)) == [(0, 6), (0, 1)]


def test_a_wholly_saturated_plateau_gives_one_peak_in_its_middle() -> None:
    values = np.zeros((15, 15))
    values[3:12, 2:13] = 1.0
    assert places(find_peaks(one_class(values), SQUARE)) == [(7, 7)]


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (5, 1), (4, 4)])
def test_a_map_that_is_one_plateau_gives_one_peak(shape: tuple[int, int]) -> None:
    assert len(find_peaks(one_class(np.ones(shape)), SQUARE)) == 1


def test_plateaus_of_two_classes_side_by_side_give_two_peaks() -> None:
    scores = np.zeros((5, 12, 2), np.float32)
    scores[:, :6, 0] = 1.0
    scores[:, 6:, 1] = 1.0
    found = find_peaks(scores, SQUARE)
    assert sorted((peak.row, peak.label) for peak in found) == [(2, 0), (2, 1)]


def test_the_background_does_not_peak() -> None:
    scores = np.array([[[0.1, 0.9], [0.45, 0.55], [0.2, 0.8]]], np.float32)
    assert places(find_peaks(scores, SQUARE, 1, 0.4)) == [(0, 1)]
    assert find_peaks(scores, SQUARE, 1, 0.5) == []


def test_a_score_at_the_threshold_is_reported() -> None:
    assert places(find_peaks(one_class([[0.7, 0.0, 0.69]]), SQUARE, None, 0.7)) == [(0, 0)]


def test_a_peak_on_the_maps_border_stays_on_its_cell() -> None:
    values = np.zeros((6, 6))
    values[0, 3], values[1, 3] = 0.9, 0.8
    (found,) = find_peaks(one_class(values), SQUARE)
    assert (found.y, found.x) == (SQUARE.center(0, 3)[0], pytest.approx(SQUARE.center(0, 3)[1]))


def test_a_peak_beside_the_border_is_fitted_to_the_cells_there_are() -> None:
    geometry = Geometry((28, 28), (1, 1), (0, 0))  # the fit reaches six cells, the peak lies on the third
    rows, cols = np.mgrid[:40, :40] + 14.0
    odds = np.maximum(3 - ((rows - 16.6) ** 2 + (cols - 30.3) ** 2) / 8, -10)
    (found,) = find_peaks(one_class(1 / (1 + np.exp(-odds))), geometry)
    assert (found.y, found.x) == (pytest.approx(16.6, abs=0.1), pytest.approx(30.3, abs=0.1))


@pytest.mark.parametrize(
    ("scores", "options", "where"),
    [
        (np.zeros((3, 3)), {}, "scores"),
        (np.zeros((2, 3, 3, 1)), {}, "scores"),
        (np.zeros((0, 3, 1)), {}, "scores"),
        (np.zeros((3, 3, 1), int), {}, "scores"),
        (np.full((3, 3, 1), np.nan), {}, "scores"),
        (np.full((3, 3, 1), np.inf), {}, "scores"),
        (np.full((3, 3, 2), 4.5), {}, "scores"),
        (np.full((3, 3, 2), -0.5), {}, "scores"),
        (np.zeros((3, 3, 2)), {"threshold": 1.1}, "locate.threshold"),
        (np.zeros((3, 3, 2)), {"threshold": float("nan")}, "locate.threshold"),
        (np.zeros((3, 3, 2)), {"background": 2}, "background"),
        (np.zeros((3, 3, 1)), {"background": 0}, "background"),
    ],
)
def test_what_is_refused(scores: Any, options: dict[str, Any], where: str) -> None:
    with pytest.raises(InputError) as caught:
        find_peaks(scores, SQUARE, **options)
    assert caught.value.where == where


def test_a_stride_of_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="stride"):
        find_peaks(np.zeros((3, 3, 1)), Geometry((3, 3), (0, 1), (0, 0)))


def test_of_very_many_the_best_are_kept() -> None:
    values = np.zeros((122, 122))
    values[::3, ::3] = np.random.default_rng(0).permutation(41 * 41).reshape(41, 41) / 1682
    found = find_peaks(one_class(values), SQUARE, None, 0.01)
    assert len(found) == 1200
    assert found[-1].score == pytest.approx(np.sort(values, axis=None)[-1200], abs=1e-6)
