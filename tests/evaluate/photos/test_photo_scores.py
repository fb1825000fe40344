"""Numbers of photos on maps made by hand."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fullconv.convert.geometry import Geometry
from fullconv.evaluate.photos.labelled import LabelledPhoto
from fullconv.evaluate.photos.scores import ExtentScores, box_iou, is_hit
from fullconv.imagenet.synsets import find_synset
from fullconv.locate.detections import Found

CELLS = Geometry((10, 10), (10, 10), (0, 0))
SIZE = (40, 60)


def photo(*boxes: tuple[float, ...], crowd: tuple[bool, ...] | None = None, segmentation: Any = None) -> LabelledPhoto:
    flags = np.array(crowd if crowd is not None else (False,) * len(boxes))
    return LabelledPhoto(3, Path("a.png"), find_synset("dog"), 9, np.array(boxes, float), flags, segmentation)


def heat(row: int, col: int) -> np.ndarray:
    values = np.full((4, 6), 0.1, np.float32)
    values[row, col] = 0.9
    return values


@pytest.mark.parametrize(("row", "col", "hit"), [(0, 0, True), (1, 2, False), (3, 5, True), (2, 4, True)])
def test_a_hit_is_in_any_box_crowds_included(row: int, col: int, hit: bool) -> None:
    # The centre of (2, 4) is y 25, x 45: on the crowd's corner.
    seen = photo((0, 0, 12, 12), (50, 30, 10, 10), (45, 25, 5, 5), crowd=(False, False, True))
    assert is_hit(seen, heat(row, col), CELLS) is hit


def test_the_likeliest_box_counts_and_the_object_it_overlaps_most() -> None:
    seen = photo((0, 0, 10, 10), (20, 0, 10, 10), (40, 0, 10, 10), crowd=(False, False, True))
    found = [Found(0, 0.3, (20.0, 0.0, 10.0, 10.0)), Found(0, 0.6, (0.0, 0.0, 10.0, 5.0))]
    assert box_iou(seen, found) == pytest.approx(0.5)
    assert box_iou(seen, [Found(0, 0.9, (40.0, 0.0, 10.0, 10.0))]) == 0
    assert box_iou(seen, []) == 0


def test_numbers_of_one_photo_with_a_mask() -> None:
    # The worked example of docs/metrics.md. Stretched to 0..1, the sixth beside the third would be covered too.
    mask = [[0, 0, 30, 0, 30, 40, 0, 40]]
    scores = ExtentScores()
    one = Geometry((1, 1), (1, 1), (0, 0))
    extent = np.full(SIZE, 0.1, np.float32)
    extent[:, :20], extent[:, 20:30], extent[:, 30:36] = 0.6, 0.45, 0.2
    found = [Found(0, 0.8, (0.0, 0.0, 30.0, 20.0))]
    mine = scores.add(photo((0, 0, 30, 40), segmentation=mask), SIZE, extent, one, found)
    assert mine == pytest.approx({"box_iou": 0.5, "mask_px_ap": 1.0, "mask_iou": 20 / 30})
    coco = {
        "images": [{"id": 3, "height": 40, "width": 60}],
        "categories": [{"id": 9, "name": "dog"}],
        "annotations": [{"id": 1, "image_id": 3, "category_id": 9, "bbox": [0, 0, 30, 40], "area": 1200, "iscrowd": 0}],
    }
    expected = {
        "max_box_acc_v2": 1.0, "px_ap": 1.0, "mask_px_ap": 1.0, "mask_iou": 20 / 30, "AP50": 1.0, "AP": 0.1
    }  # fmt: skip
    assert scores.metrics(coco) == pytest.approx(expected, abs=1e-6)
    assert scores.found == [{"image_id": 3, "category_id": 9, "bbox": [0.0, 0.0, 30.0, 20.0], "score": 0.8}]


def test_photos_of_several_objects_count_by_their_boxes_alone() -> None:
    scores = ExtentScores()
    mine = scores.add(photo((0, 0, 9, 9), (20, 20, 9, 9)), SIZE, np.ones((4, 6), np.float32), CELLS, [])
    assert mine == {"box_iou": 0.0}
    coco = {
        "images": [{"id": 3}], "categories": [{"id": 9, "name": "dog"}],
        "annotations": [{"id": 1, "image_id": 3, "category_id": 9, "bbox": [0, 0, 9, 9], "area": 81, "iscrowd": 0}],
    }  # fmt: skip
    metrics = scores.metrics(coco)
    assert metrics == {"max_box_acc_v2": -1, "px_ap": -1, "mask_px_ap": -1, "mask_iou": -1, "AP50": 0, "AP": 0}
