"""The meter streams: what it keeps, what it refuses."""

import json
from typing import Any

import numpy as np
import pytest

from fullconv.convert.geometry import Geometry
from fullconv.errors import InputError
from fullconv.evaluate.meter import Meter

GEOMETRY = Geometry((10, 10), (5, 5), (0, 0))


def coco(images: int = 2) -> dict[str, Any]:
    return {
        "images": [{"id": one, "height": 40, "width": 40} for one in range(1, images + 1)],
        "annotations": [
            {"id": one, "image_id": one, "category_id": 4 + 5 * (one % 2), "bbox": [3, 3, 12, 12]}
            for one in range(1, images + 1)
        ],
        "categories": [{"id": 4, "name": "four"}, {"id": 9, "name": "nine"}, {"id": 7, "name": "unused"}],
    }


def scores(seed: int = 0, channels: int = 3) -> Any:
    return np.random.default_rng(seed).random((7, 7, channels)).astype(np.float32)


def result(image: int = 1, **change: Any) -> dict[str, Any]:
    return {"image_id": image, "category_id": 9, "bbox": [3, 3, 12, 12], "score": 0.9, **change}


def meter(truth: dict[str, Any] | None = None) -> Meter:
    return Meter(coco() if truth is None else truth, {4: 0, 9: 1}, background=2)


def test_metrics_follow_what_is_added_later() -> None:
    """Judging is remembered, but not beyond the next image."""
    measured = meter(coco(1))
    measured.add(1, scores(), GEOMETRY, [result()])
    assert measured.metrics(0.5) == measured.metrics(0.5)
    assert measured.metrics(0.5)["recall_center"] == 1.0
    two = meter()
    two.add(1, scores(), GEOMETRY, [result()])
    with pytest.raises(InputError, match=r"1 images not added: \[2\]"):
        two.metrics(0.5)
    two.add(2, scores(), GEOMETRY, [])
    assert two.metrics(0.5)["recall_center"] == 0.5


def test_everything_is_fit_for_json() -> None:
    measured = meter()
    for image in (2, 1):
        measured.add(image, scores(image), GEOMETRY, [result(image)])
    for content in (measured.metrics(0.5), measured.intervals(0.5, samples=3), measured.curves(0.5)):
        assert json.loads(json.dumps(content, allow_nan=False)) == content
    images = measured.curves(0.5)["images"]
    assert [one["id"] for one in images] == [1, 2]
    assert [one["score"] for one in images] == [1.0, 0.0]
    assert measured.curves(0.5)["confusion"]["rows"] == ["four", "nine", "nothing there"]


def test_images_without_objects_have_a_score_of_their_own() -> None:
    empty = {**coco(), "annotations": []}
    measured = meter(empty)
    measured.add(1, scores(), GEOMETRY, [result()])
    measured.add(2, scores(), GEOMETRY, [])
    assert [one["score"] for one in measured.curves(0.5)["images"]] == [0.0, -1.0]


def test_nothing_of_a_score_map_is_kept() -> None:
    measured = meter(coco(60))
    array = scores()
    kept = []
    for image in range(1, 61):
        measured.add(image, array, GEOMETRY, [result(image)] * 3)
        records = measured._found
        kept.append(sum(part.itemsize * len(part) for part in vars(records).values()))
    assert np.diff(kept).tolist() == [3 * 46] * 59


@pytest.mark.parametrize(
    ("image", "array", "found", "message"),
    [
        (7, scores(), [], "image 7: no image of the annotations"),
        (1, scores()[..., 0], [], r"scores of image 1: shape"),
        (1, scores() * np.float32(np.nan), [], "scores of image 1: scores that are NaN"),
        (1, scores(channels=2), [], "scores of image 1: 2 channels"),
        (1, scores(), [result(2)], r"detections of image 1\[0\]: image_id 2"),
        (1, scores(), [result(category_id=7)], "category_id 7"),
        (1, scores(), [result(category_id=5)], "category_id 5"),
        (1, scores(), [result(bbox=[1, 2, 3])], "four finite numbers"),
        (1, scores(), [result(bbox=[1, 2, 0, 3])], "above 0"),
        (1, scores(), [result(score=float("nan"))], "score nan"),
        (1, scores(), result(), "list of COCO results"),
    ],
)
def test_images_that_are_refused(image: int, array: Any, found: Any, message: str) -> None:
    measured = meter(coco(1))
    with pytest.raises(InputError, match=message):
        measured.add(image, array, GEOMETRY, found)
    # What was refused is not there.
    measured.add(1, scores(), GEOMETRY, [])
    assert measured.metrics(0.5)["detections"] == 0


def test_an_image_counts_once() -> None:
    measured = meter()
    measured.add(1, scores(), GEOMETRY, [])
    with pytest.raises(InputError, match="image 1: added before"):
        measured.add(1, scores(), GEOMETRY, [])
    with pytest.raises(InputError, match="4 channels"):
        measured.add(2, scores(channels=4), GEOMETRY, [])
    with pytest.raises(InputError, match="scores without a geometry"):
        measured.add(2, scores(), None, [])


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({4: 0}, r"no class for category ids \[9\]"),
        ({4: 0, 9: -1}, "class index -1"),
        ({4: 0, 9: 2}, "class 2 is the background"),
    ],
)
def test_mappings_that_are_refused(mapping: dict[int, int], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Meter(coco(), mapping, background=2)


def test_numbers_that_are_refused() -> None:
    with pytest.raises(InputError, match="annotations: no image"):
        meter({"images": [], "annotations": [], "categories": []})
    measured = meter(coco(1))
    measured.add(1, scores(), GEOMETRY, [])
    with pytest.raises(InputError, match="threshold: nan"):
        measured.metrics(float("nan"))
    with pytest.raises(InputError, match="samples: 0"):
        measured.intervals(0.5, samples=0)
