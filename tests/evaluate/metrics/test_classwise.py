"""Figures and counts of each class, against what can be counted by hand and against the meter's own."""

from typing import Any

import numpy as np
import pytest

from fullconv.evaluate.by_class import figures_by_class
from fullconv.evaluate.meter import Meter

Box = tuple[float, float, float, float]


def metered(truth: list[tuple[int, int, Box]], found: list[tuple[int, int, Box, float]], images: int = 2) -> Meter:
    """Return a meter of objects (image, category, box) and detections (image, category, box, score)."""
    annotations = [
        {"id": place, "image_id": image, "category_id": category, "bbox": list(box)}
        for place, (image, category, box) in enumerate(truth)
    ]
    coco = {
        "images": [{"id": one + 1} for one in range(images)],
        "annotations": annotations,
        "categories": [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}],
    }
    meter = Meter(coco, {1: 0, 2: 1}, background=None)
    for image in range(1, images + 1):
        mine = [one for one in found if one[0] == image]
        results: list[dict[str, Any]] = [
            {"image_id": image, "category_id": category, "bbox": list(box), "score": score}
            for _, category, box, score in mine
        ]
        meter.add(image, None, None, results)
    return meter


TRUTH: list[tuple[int, int, Box]] = [
    (1, 1, (0, 0, 10, 10)),
    (1, 1, (50, 50, 10, 10)),
    (1, 2, (100, 0, 20, 20)),
    (2, 1, (0, 0, 10, 10)),
]
FOUND: list[tuple[int, int, Box, float]] = [
    (1, 1, (0, 0, 10, 10), 0.9),  # right
    (1, 2, (50, 50, 10, 10), 0.8),  # a for b
    (1, 2, (90, -10, 40, 40), 0.7),  # in place, twice as large
    (2, 1, (60, 60, 10, 10), 0.6),  # nothing there
    (2, 1, (0, 0, 10, 10), 0.2),  # below the threshold
]


def test_each_class_is_counted_by_hand() -> None:
    figures = figures_by_class(metered(TRUTH, FOUND), 0.5)
    one, two = figures.classes
    assert (one.name, one.objects, one.found, one.right, one.central) == ("a", 3, 2, 1, 1)
    assert (two.name, two.objects, two.found, two.right, two.central) == ("b", 1, 2, 0, 1)
    assert (one.precision, one.recall) == (0.5, pytest.approx(1 / 3))
    assert one.size == 0
    assert two.size == pytest.approx(np.log(2))
    assert (one.side, two.side) == (10, 20)
    assert (one.astray, two.astray) == (1, 0)
    assert figures.confusion == ((1, 1, 1), (0, 0, 1), (1, 1, 0))
    assert (figures.images, figures.threshold) == (2, 0.5)


def test_average_precisions_have_the_meters_mean() -> None:
    meter = metered(TRUTH, FOUND)
    figures = figures_by_class(meter, 0.5)
    assert np.mean([one.AP50 for one in figures.classes]) == pytest.approx(meter.metrics(0.5)["AP50"])
    assert meter.metrics(0.5)["F1_iou50"] == figures.F1
    best, reached = figures.best
    assert best == meter.best_threshold() < 0.5
    assert reached == meter.metrics(best)["F1_iou50"] > figures.F1


def test_objects_that_overlap_are_told_among_all_and_among_the_missed() -> None:
    truth: list[tuple[int, int, Box]] = [(1, 1, (0, 0, 10, 10)), (1, 1, (6, 0, 10, 10)), (1, 1, (40, 0, 10, 10))]
    truth += [(2, 1, (0, 0, 10, 10)), (2, 1, (9.5, 0, 10, 10))]
    found: list[tuple[int, int, Box, float]] = [(1, 1, (0, 0, 10, 10), 0.9), (1, 1, (40, 0, 10, 10), 0.9)]
    figures = figures_by_class(metered(truth, found), 0.5)
    assert figures.touching == pytest.approx(2 / 5)
    assert figures.touching_missed == pytest.approx(1 / 3)


def test_a_class_without_an_object_is_undefined_and_nothing_found_is_no_error() -> None:
    figures = figures_by_class(metered([(1, 1, (0, 0, 10, 10))], []), 0.5)
    one, two = figures.classes
    assert (one.AP50, one.recall, one.precision) == (0, 0, -1)
    assert (two.AP50, two.recall, two.side) == (-1, -1, -1)
    assert figures.touching_missed == 0


def test_counts_by_image_and_class() -> None:
    counts = metered(TRUTH, FOUND).counts(0.5)
    assert counts.truth.tolist() == [[2, 1], [1, 0]]
    assert counts.found.tolist() == [[1, 2], [1, 0]]


def test_a_crowd_and_what_lies_in_it_are_not_counted() -> None:
    annotations = [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 50, 50], "iscrowd": 1}]
    coco = {"images": [{"id": 1}], "annotations": annotations, "categories": [{"id": 1, "name": "a"}]}
    meter = Meter(coco, {1: 0}, background=None)
    meter.add(1, None, None, [{"image_id": 1, "category_id": 1, "bbox": [5, 5, 10, 10], "score": 0.9}])
    counts = meter.counts(0.5)
    assert (counts.truth.tolist(), counts.found.tolist()) == ([[0]], [[0]])
