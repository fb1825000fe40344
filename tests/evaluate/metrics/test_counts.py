"""Counts of each class at a threshold, and by how much they are off."""

from typing import Any

import numpy as np
import pytest

from fullconv.convert.geometry import Geometry
from fullconv.errors import InputError
from fullconv.evaluate.meter import Meter

pytestmark = pytest.mark.numeric

GEOMETRY = Geometry((10, 10), (10, 10), (0, 0))
BOX = [0.0, 0.0, 10.0, 10.0]


def measured(objects: list[tuple[int, int, int]], found: list[tuple[int, int, float]], images: int = 2) -> Meter:
    """Return the meter of objects `(image, category, crowd)` and of detections `(image, category, score)`."""
    coco: dict[str, Any] = {
        "images": [{"id": one, "height": 40, "width": 40} for one in range(1, images + 1)],
        "annotations": [
            {"id": place, "image_id": image, "category_id": category, "bbox": BOX, "iscrowd": crowd}
            for place, (image, category, crowd) in enumerate(objects, start=1)
        ],
        "categories": [{"id": 5, "name": "a"}, {"id": 3, "name": "b"}],
    }
    meter = Meter(coco, {5: 0, 3: 1}, background=2)
    for image in range(1, images + 1):
        its = [
            {"image_id": image, "category_id": category, "bbox": [20.0 + 5 * place, 20.0, 5.0, 5.0], "score": score}
            for place, (of, category, score) in enumerate(found)
            if of == image
        ]
        meter.add(image, np.full((4, 4, 3), 0.3, np.float32), GEOMETRY, its)
    return meter


def test_counts_are_by_number_and_not_by_place() -> None:
    meter = measured([(1, 5, 0), (1, 5, 0), (2, 5, 0), (2, 3, 0)], [(1, 5, 0.9), (2, 3, 0.8), (2, 3, 0.7)])
    counts = meter.counts(0.5)
    # Categories in the order of their ids: b, then a.
    assert counts.names == ("b", "a")
    assert counts.truth.tolist() == [[0, 2], [1, 1]]
    assert counts.found.tolist() == [[0, 1], [2, 0]]
    assert counts.errors.tolist() == pytest.approx([1.0, 2 / 3])
    assert meter.metrics(0.5)["count_error"] == pytest.approx(5 / 6)


def test_errors_of_two_images_may_cancel_out() -> None:
    meter = measured([(1, 5, 0), (2, 5, 0)], [(1, 5, 0.9), (1, 5, 0.9)])
    assert meter.metrics(0.5)["count_error"] == 0.0


def test_a_class_without_objects_is_left_out_and_a_crowd_is_none() -> None:
    meter = measured([(1, 5, 1), (2, 3, 0)], [(1, 5, 0.9), (2, 3, 0.9)])
    assert meter.counts(0.5).errors.tolist() == [0.0, -1.0]
    assert meter.metrics(0.5)["count_error"] == 0.0


def test_what_lies_on_a_crowd_counts_for_nothing() -> None:
    meter = measured([(1, 5, 0)], [], images=1)
    crowd = Meter(
        {
            "images": [{"id": 1, "height": 40, "width": 40}],
            "annotations": [{"id": 1, "image_id": 1, "category_id": 5, "bbox": BOX, "iscrowd": 1}],
            "categories": [{"id": 5, "name": "a"}],
        },
        {5: 0},
        background=2,
    )
    on_it = {"image_id": 1, "category_id": 5, "bbox": [1.0, 1.0, 5.0, 5.0], "score": 0.9}
    crowd.add(1, np.full((4, 4, 3), 0.3, np.float32), GEOMETRY, [on_it])
    assert crowd.counts(0.5).found.tolist() == [[0]]
    assert meter.counts(0.5).errors.max() == 1.0


def test_each_class_has_its_threshold() -> None:
    found = [(1, 5, 0.6), (1, 5, 0.4), (1, 3, 0.6), (1, 3, 0.4)]
    meter = measured([(1, 5, 0), (1, 3, 0)], found, images=1)
    # By class: a, of category 5, is class 0.
    assert meter.counts((0.5, 0.3)).found.tolist() == [[2, 1]]
    assert meter.by_class((0.5, 0.3)) == {
        **{"AP50_of/a": 0.0, "AP50_of/b": 0.0, "count_error_of/a": 0.0, "count_error_of/b": 1.0},
        **{"threshold_of/a": 0.5, "threshold_of/b": 0.3},
    }
    assert meter.metrics((0.5, 0.3))["threshold"] == -1


def test_the_same_threshold_for_each_class_is_one_for_all() -> None:
    found = [(1, 5, 0.6), (1, 5, 0.4), (2, 3, 0.6), (2, 3, 0.4)]
    meter = measured([(1, 5, 0), (2, 3, 0)], found)
    assert meter.metrics((0.5, 0.5)) == meter.metrics(0.5)
    assert meter.curves((0.5, 0.5)) == meter.curves(0.5)
    assert meter.intervals((0.5, 0.5), samples=5) == meter.intervals(0.5, samples=5)


def test_a_threshold_of_one_class_that_is_no_number_is_refused() -> None:
    with pytest.raises(InputError, match=r"^threshold: "):
        measured([(1, 5, 0)], []).metrics((0.5, float("nan")))
