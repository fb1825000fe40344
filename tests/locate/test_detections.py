"""Detections: boxes, ids, order, refusals."""

import json
from typing import Any

import numpy as np
import pytest

from fullconv.convert.geometry import Geometry
from fullconv.errors import InputError
from fullconv.locate.detections import Found, results
from fullconv.locate.peaks.alone import detect

GEOMETRY = Geometry((28, 20), (8, 4), (0, 0))


def maps() -> Any:
    scores = np.full((2, 6, 9, 3), 0.1, np.float32)
    scores[..., 2] = 0.8
    scores[0, 1, 2] = 0.7, 0.2, 0.1
    scores[0, 4, 7] = 0.0, 0.9, 0.1
    scores[1, 3, 3] = 0.95, 0.0, 0.05
    return scores


def test_boxes_have_the_windows_size_and_place() -> None:
    found = detect(maps(), GEOMETRY, background=2)
    assert [(one["image_id"], one["category_id"], one["bbox"]) for one in found] == [
        (1, 2, [28.0, 32.0, 20.0, 28.0]),
        (1, 1, [8.0, 8.0, 20.0, 28.0]),
        (2, 1, [12.0, 24.0, 20.0, 28.0]),
    ]
    assert [one["score"] for one in found] == pytest.approx([0.9, 0.7, 0.95])
    assert json.loads(json.dumps(found)) == found


def test_another_size_keeps_the_centre() -> None:
    (found,) = detect(maps()[1], GEOMETRY, background=2, size=(10, 6))
    assert found["bbox"] == [12.0 + 10 - 3, 24.0 + 14 - 5, 6.0, 10.0]


def test_ids_are_those_given() -> None:
    found = detect(maps(), GEOMETRY, image_ids=[7, 3], categories={0: 50, 1: 60}, background=2)
    assert [(one["image_id"], one["category_id"]) for one in found] == [(7, 60), (7, 50), (3, 50)]


def test_classes_without_a_category_are_not_reported() -> None:
    found = detect(maps(), GEOMETRY, categories={0: 50}, background=2)
    assert [(one["image_id"], one["category_id"]) for one in found] == [(1, 50), (2, 50)]


def test_maps_of_different_sizes() -> None:
    first, second = maps()
    assert detect([first[:, :8], second], GEOMETRY, background=2) == detect(
        [first[:, :8]], GEOMETRY, background=2
    ) + detect([second], GEOMETRY, image_ids=[2], background=2)


def test_one_box_per_object() -> None:
    scores = np.zeros((1, 13, 1), np.float32)
    scores[0, 0], scores[0, 3], scores[0, 9] = 0.9, 0.8, 0.7  # boxes 20 wide; 12 and 36 pixels apart
    assert len(detect(scores, GEOMETRY)) == 3  # intersection over union 8 / 32
    assert [one["score"] for one in detect(scores, GEOMETRY, overlap=0.2)] == pytest.approx([0.9, 0.7])


def test_results_are_ordered_and_named() -> None:
    found = [Found(0, 0.2, (1, 2, 3, 4)), Found(2, 0.9, (5.5, 6, 7, 8)), Found(1, 0.5, (0, 0, 1, 1))]
    assert results(found, 7, {0: 10, 2: 30}) == [
        {"image_id": 7, "category_id": 30, "bbox": [5.5, 6.0, 7.0, 8.0], "score": 0.9},
        {"image_id": 7, "category_id": 10, "bbox": [1.0, 2.0, 3.0, 4.0], "score": 0.2},
    ]


def test_no_peak_no_detection() -> None:
    assert detect(np.full((2, 4, 4, 3), 0.3, np.float32), GEOMETRY) == []
    assert detect(np.zeros((0, 4, 4, 3), np.float32), GEOMETRY) == []


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"size": (0, 10)}, "size"),
        ({"size": (10, -1)}, "size"),
        ({"size": (10, float("nan"))}, "size"),
        ({"image_ids": [1]}, "image_ids"),
        ({"image_ids": [1, 1]}, "image_ids"),
        ({"threshold": 2.0}, "locate.threshold"),
        ({"overlap": -2.0}, "locate.overlap"),
        ({"background": 3}, "background"),
    ],
)
def test_what_is_refused(options: dict[str, Any], where: str) -> None:
    with pytest.raises(InputError) as caught:
        detect(maps(), GEOMETRY, **options)
    assert caught.value.where == where


@pytest.mark.parametrize("scores", [np.zeros((4, 4)), np.zeros((1, 2, 3, 4, 5)), np.full((2, 4, 4, 3), np.nan)])
def test_scores_that_are_no_maps(scores: Any) -> None:
    with pytest.raises(InputError, match="scores"):
        detect(scores, GEOMETRY)
