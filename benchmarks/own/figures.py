"""What a side's detections are worth: one meter for all sides."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from fullconv.evaluate.metrics.coco import evaluate_coco

Results = list[dict[str, Any]]
GUESS = 0.5  # a threshold where no pictures with boxes are there to choose it


def figures(found: Results, coco: dict[str, Any], thresholds: dict[int, float]) -> dict[str, Any]:
    """Return AP50 of COCO results, and F1 by centre and the share by which each class is miscounted at thresholds.

    `thresholds` are by category id. A class without an object has no count error.
    """
    kept = [one for one in found if one["score"] >= thresholds[one["category_id"]]]
    counts = {}
    for category in coco["categories"]:
        true = sum(one["category_id"] == category["id"] for one in coco["annotations"])
        mine = sum(one["category_id"] == category["id"] for one in kept)
        if true:
            counts[category["name"]] = abs(mine - true) / true
    return {
        "AP50": evaluate_coco(found, coco)["AP50"],
        "F1_center": _meter(kept, coco).metrics(0.0)["F1_center"],
        "count_error": counts,
        "count_error_mean": float(np.mean(list(counts.values()))),
    }


def thresholds_by(found: Results, coco: dict[str, Any]) -> dict[int, float]:
    """Return each category's threshold of the best F1 at IoU .5 on pictures with boxes; a guess without an object."""
    chosen = {}
    for category in coco["categories"]:
        number = category["id"]
        own = [one for one in coco["annotations"] if one["category_id"] == number]
        mine = [one for one in found if one["category_id"] == number]
        part = {**coco, "annotations": own, "categories": [category]}
        chosen[number] = float(_meter(mine, part).best_threshold()) if own and mine else GUESS
    return chosen


def part_of(coco: dict[str, Any], images: Sequence[int]) -> dict[str, Any]:
    """Return the annotations of some images."""
    chosen = set(images)
    return {
        **coco,
        "images": [one for one in coco["images"] if one["id"] in chosen],
        "annotations": [one for one in coco["annotations"] if one["image_id"] in chosen],
    }


def _meter(found: Results, coco: dict[str, Any]) -> Any:
    from fullconv.evaluate.meter import Meter

    meter = Meter(coco, {one["id"]: index for index, one in enumerate(coco["categories"])}, None)
    by_image: dict[int, Results] = {one["id"]: [] for one in coco["images"]}
    for one in found:
        by_image[one["image_id"]].append(one)
    for image, mine in by_image.items():
        meter.add(image, None, None, mine)
    return meter
