"""What held-out objects, laid into scenes, tell: which are found, from which score on, and what scores stand for."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fullconv.data.scenes.scene import Placed, Scene
from fullconv.finders.laying import Scores, knots_of, laid, reached_by_most, seen, thresholds_of
from fullconv.locate.calibration import calibrated, checked_knots
from fullconv.locate.detections import Found
from fullconv.locate.located import Located

Box = tuple[int, int, int, int]


def scene(*objects: tuple[int, Box]) -> Scene:
    return Scene("0001", np.zeros((30, 90, 1), np.uint8), tuple(Placed(*one) for one in objects))


def located(*objects: tuple[int, float, Box]) -> Located:
    nothing: Any = None
    return Located((30, 90), nothing, nothing, (0, 1), 2, [Found(*one) for one in objects], [], [], (20, 20))


def of(scores: Any, labels: Any = None) -> Scores:
    values = np.asarray(scores, np.float64)
    return Scores(values, np.zeros(len(values), np.intp) if labels is None else np.asarray(labels, np.intp))


NOTHING = of([])


def test_an_object_is_found_by_the_best_box_of_its_class_in_its_middle() -> None:
    laid_ones = scene((0, (0, 0, 10, 10)), (1, (20, 0, 10, 10)), (0, (40, 0, 10, 10)))
    found = located(
        (0, 0.95, (20, 0, 10, 10)),  # another class's place
        (0, 0.7, (1, 0, 10, 10)),
        (0, 0.9, (0, 0, 10, 10)),
        (1, 0.4, (23, 0, 10, 10)),  # its middle is 3 pixels off, of 5 to the side
        (0, 0.3, (42, 0, 10, 6)),  # 2 pixels off either way: it may have another size and shape
    )
    objects = laid([laid_ones], [found])
    assert objects.scores.tolist() == [0.9, 0.0, 0.3]
    assert objects.labels.tolist() == [0, 1, 0]


def test_what_another_object_lies_on_does_not_count() -> None:
    # The second lies on a fifth of the first, the third on a twentieth of the second.
    laid_ones = scene((0, (0, 0, 10, 10)), (0, (8, 0, 10, 10)), (1, (17, 5, 10, 10)))
    objects = laid([laid_ones], [located((0, 0.5, (0, 0, 10, 10)), (0, 0.6, (8, 0, 10, 10)))])
    assert list(zip(objects.scores.tolist(), objects.labels.tolist(), strict=True)) == [(0.6, 0), (0.0, 1)]


def test_scenes_without_objects_and_scenes_where_nothing_is_found() -> None:
    pictures = [located((0, 0.5, (0, 0, 9, 9))), located()]
    objects = laid([scene(), scene((1, (0, 0, 10, 10)))], pictures)
    assert (objects.scores.tolist(), objects.labels.tolist()) == ([0.0], [1])
    others = seen(pictures)
    assert (others.scores.tolist(), others.labels.tolist()) == ([0.5], [0])


def test_a_class_of_few_objects_leans_on_all_of_them() -> None:
    many, few = np.linspace(0.4, 0.6, 101), np.full(5, 0.9)
    objects = of(np.concatenate([many, few]), [0] * 101 + [1] * 5)
    every = float(np.quantile(objects.scores, 0.1))
    own = 0.42  # of the first class: .4 and a tenth of the way to .6
    one, two, absent = reached_by_most(objects, 3)
    assert one == pytest.approx(101 / 121 * own + 20 / 121 * every, abs=1e-4)
    assert two == pytest.approx(5 / 25 * 0.9 + 20 / 25 * every, abs=1e-4)
    assert absent == pytest.approx(every, abs=1e-4)


def test_no_score_that_most_reach_lies_below_the_least_and_without_objects_it_is_a_half() -> None:
    assert reached_by_most(of([0.0] * 30), 2) == (0.1, 0.1)
    assert reached_by_most(NOTHING, 2) == (0.5, 0.5)


@given(st.lists(st.floats(0.2, 1), min_size=1, max_size=60))
def test_of_a_single_class_a_seventh_is_missed_at_most(scores: list[float]) -> None:
    (reached,) = reached_by_most(of(scores), 1)
    below = int((np.array(scores) < reached - 1e-4).sum())
    assert below <= 0.1 * (len(scores) - 1) + 1
    assert min(scores) - 1e-4 <= reached <= max(scores) + 1e-4


@given(seed=st.integers(0, 2**20), middle=st.floats(0.6, 0.8), objects=st.integers(60, 300))
def test_the_threshold_lies_between_the_heaps_of_false_alarms_and_objects(
    seed: int, middle: float, objects: int
) -> None:
    rng = np.random.default_rng(seed)
    wrong, right = 0.05 + rng.exponential(0.06, 400), middle + 0.06 * rng.standard_normal(objects)
    others = of(np.concatenate([wrong, right]).clip(0, 1))
    # Laid ones that are far easier, or far harder, than those of the scenes hardly move it.
    for score in (0.95, 0.1):
        (threshold,) = thresholds_of(of([score] * 50), others, 1)
        # Not one of either heap in twenty on the wrong side.
        assert (wrong >= threshold).mean() < 0.05
        assert (right < threshold).mean() < 0.05


def test_without_a_valley_the_threshold_is_what_most_laid_objects_reach() -> None:
    falling = of(np.linspace(0.05, 1, 400) ** 2 * 0.9)
    assert thresholds_of(of([0.42] * 60), falling, 1) == pytest.approx((0.42,))
    assert thresholds_of(of([0.42] * 60), NOTHING, 2) == pytest.approx((0.42, 0.42))


def test_a_class_of_few_detections_has_the_valley_of_all() -> None:
    heaps = np.concatenate([np.full(100, 0.1), np.full(50, 0.6)])
    later = np.concatenate([np.full(100, 0.3), np.full(60, 0.8)])
    others = of([*heaps, *later, 0.5], [0] * 150 + [1] * 160 + [2])
    first, second, third = thresholds_of(of([0.9] * 50), others, 3)
    assert first < 0.45 < second
    assert first <= third <= second


def test_probabilities_of_an_example_by_hand() -> None:
    # Ten others in each tenth. Fifty of them reach the threshold: so many objects there are.
    others = np.arange(100) / 100
    # A tenth of the laid ones have scores of the sixth tenth, a tenth those of the seventh, the rest of the last.
    objects = of([0.55] * 10 + [0.65] * 10 + [0.95] * 80)
    knots = knots_of(objects, of(others), [0.5])
    # 50 · 10 % = 5 of ten are objects in the sixth and the seventh, none in the eighth and the ninth: .25 in all four.
    assert [made for _, made in knots] == pytest.approx([0.001] * 5 + [0.25] * 4 + [0.999])
    assert [raw for raw, _ in knots] == pytest.approx([0.0495 + 0.099 * number for number in range(10)], abs=1e-4)


def test_where_little_is_found_scores_stay_as_they_are() -> None:
    others = np.linspace(0.1, 0.9, 100)
    assert knots_of(of([0.8] * 39), of(others), [0.1]) == ()
    assert knots_of(of([0.8] * 40), of(others), [0.1]) != ()
    assert knots_of(of([0.8] * 100), of(others), [0.6]) == ()  # 38 of them
    assert knots_of(of([0.8] * 100), NOTHING, [0.5]) == ()


def test_each_class_counts_from_its_own_threshold() -> None:
    others, labels = [0.5, 0.9] * 40, [0, 1] * 40
    assert knots_of(of([0.7] * 50), of(others, labels), [0.6, 0.95]) == ()
    assert knots_of(of([0.7] * 50), of(others, labels), [0.4, 0.95]) != ()


_SCORES = st.one_of(
    st.lists(st.floats(0, 1), min_size=40, max_size=90),
    st.lists(st.sampled_from([0.3, 0.99991, 0.99993, 0.99996, 1.0]), min_size=40, max_size=90),
)


@given(_SCORES, _SCORES)
def test_probabilities_rise_with_scores_and_can_be_read_from_a_file(scores: list[float], others: list[float]) -> None:
    knots = knots_of(of(scores), of(others), [0.0])
    assert checked_knots([list(one) for one in knots], "finder.json") == knots
    made = calibrated(np.linspace(0, 1, 50), knots)
    assert (np.diff(made) >= 0).all()
    assert all(0 < probability < 1 for _, probability in knots)


def test_scores_that_are_all_alike_tell_nothing() -> None:
    assert knots_of(of([1.0] * 50), of([1.0] * 50), [0.5]) == ()
