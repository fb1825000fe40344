"""Precision, recall, F1, the best threshold, calibration, distances and confusion against loops over detections."""

from math import ceil, hypot
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fullconv.evaluate.meter import Meter
from fullconv.evaluate.metrics.calibration import reliability

CLASSES = {1: 0, 2: 1}


def scene(seed: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    rng = np.random.default_rng(seed)
    images = int(rng.integers(1, 5))
    annotations: list[dict[str, Any]] = []
    detections = []
    for image in range(1, images + 1):
        for _ in range(int(rng.integers(0, 5))):
            box = [float(side) for side in (*rng.integers(0, 30, 2), *rng.integers(4, 20, 2))]
            category = int(rng.integers(1, 3))
            one = {"id": len(annotations) + 1, "image_id": image, "category_id": category, "bbox": box}
            annotations.append({**one, "iscrowd": int(rng.random() < 0.15)})
            for _ in range(int(rng.integers(0, 3))):
                moved = [float(side) for side in (*(np.array(box[:2]) + rng.integers(-5, 6, 2)), *box[2:])]
                said = category if rng.random() < 0.8 else 3 - category
                score = float(rng.choice([0.1, 0.5, 0.9, rng.random()]))
                detections.append({"image_id": image, "category_id": said, "bbox": moved, "score": score})
    coco = {
        "images": [{"id": one + 1} for one in range(images)],
        "annotations": annotations,
        "categories": [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}],
    }
    return coco, detections


def metered(coco: dict[str, Any], detections: list[dict[str, Any]]) -> Meter:
    meter = Meter(coco, CLASSES, background=None)
    for image in coco["images"]:
        meter.add(image["id"], None, None, [one for one in detections if one["image_id"] == image["id"]])
    return meter


def iou(one: list[float], other: list[float], crowd: bool) -> float:
    wide = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    high = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    shared = max(wide, 0.0) * max(high, 0.0)
    return shared / (one[2] * one[3] if crowd else one[2] * one[3] + other[2] * other[3] - shared)


def middle(box: list[float]) -> tuple[float, float]:
    return box[0] + box[2] / 2, box[1] + box[3] / 2


def by_overlap(found: list[float], truth: dict[str, Any]) -> float | None:
    value = iou(found, truth["bbox"], bool(truth["iscrowd"]))
    return value if value >= 0.5 else None


def by_centre(found: list[float], truth: dict[str, Any]) -> float | None:
    (x, y), box = middle(found), truth["bbox"]
    if not (box[0] <= x <= box[0] + box[2] and box[1] <= y <= box[1] + box[3]):
        return None
    return -hypot(x - middle(box)[0], y - middle(box)[1])


def greedy(coco: Any, detections: Any, fit: Any, same_class: bool = True) -> list[tuple[Any, Any]]:
    """Return (detection, object or None) of all detections that are not ignored, one image after the other."""
    outcome = []
    for image in coco["images"]:
        taken: set[int] = set()
        mine = [one for one in detections if one["image_id"] == image["id"]]
        for found in sorted(mine, key=lambda one: -one["score"]):
            best = None
            for crowd in (0, 1):
                for truth in coco["annotations"]:
                    if truth["image_id"] != image["id"] or truth["iscrowd"] != crowd or truth["id"] in taken:
                        continue
                    if same_class and truth["category_id"] != found["category_id"]:
                        continue
                    value = fit(found["bbox"], truth)
                    if value is not None and (best is None or (best[1]["iscrowd"] == crowd and value >= best[0])):
                        best = value, truth
            if best is None:
                outcome.append((found, None))
            elif not best[1]["iscrowd"]:
                taken.add(best[1]["id"])
                outcome.append((found, best[1]))
    return outcome


def scored(outcome: Any, objects: int, threshold: float) -> tuple[float, float, float]:
    kept = [truth for found, truth in outcome if found["score"] >= threshold]
    right = sum(truth is not None for truth in kept)
    if not objects:
        return -1.0, -1.0, -1.0
    return right / max(len(kept), 1), right / objects, 2 * right / (len(kept) + objects)


@settings(max_examples=80)
@given(seed=st.integers(0, 2**31), threshold=st.sampled_from([0.0, 0.3, 0.5, 0.95]))
def test_precision_recall_and_f1(seed: int, threshold: float) -> None:
    coco, detections = scene(seed)
    objects = sum(not one["iscrowd"] for one in coco["annotations"])
    metrics = metered(coco, detections).metrics(threshold)
    for name, fit in (("iou50", by_overlap), ("center", by_centre)):
        expected = scored(greedy(coco, detections, fit), objects, threshold)
        measured = tuple(metrics[f"{part}_{name}"] for part in ("precision", "recall", "F1"))
        assert measured == pytest.approx(expected), name


@settings(max_examples=60)
@given(seed=st.integers(0, 2**31))
def test_no_threshold_is_better_than_the_best(seed: int) -> None:
    coco, detections = scene(seed)
    objects = sum(not one["iscrowd"] for one in coco["annotations"])
    outcome = greedy(coco, detections, by_overlap)
    meter = metered(coco, detections)
    best = meter.best_threshold()
    if not objects or not any(truth for _, truth in outcome):
        assert best == 0.5
        return
    reached = scored(outcome, objects, best)[2]
    assert meter.metrics(best)["F1_iou50"] == pytest.approx(reached)
    scores = sorted({found["score"] for found, _ in outcome})
    assert reached == pytest.approx(max(scored(outcome, objects, one)[2] for one in scores))
    below = [one for one in scores if one < best]
    above = min(one for one in scores if one >= best)
    assert best == pytest.approx((above + below[-1]) / 2 if below else above)


@settings(max_examples=40)
@given(seed=st.integers(0, 2**31))
def test_calibration_and_distances(seed: int) -> None:
    coco, detections = scene(seed)
    outcome = greedy(coco, detections, by_overlap)
    bins: dict[int, list[tuple[float, bool]]] = {}
    for found, truth in outcome:
        bins.setdefault(max(ceil(found["score"] * 15), 1), []).append((found["score"], truth is not None))
    gaps = [abs(sum(score for score, _ in one) - sum(right for _, right in one)) for one in bins.values()]
    metrics = metered(coco, detections).metrics(0.4)
    assert metrics["ECE"] == pytest.approx(sum(gaps) / len(outcome) if outcome else -1)
    pairs = [(found["bbox"], truth["bbox"]) for found, truth in outcome if truth and found["score"] >= 0.4]
    apart = [hypot(*np.subtract(middle(one), middle(other))) for one, other in pairs]
    sides = [(other[2] * other[3]) ** 0.5 for _, other in pairs]
    expected = (np.median(apart), np.mean(apart), np.median(np.divide(apart, sides))) if apart else (-1.0, -1.0, -1.0)
    names = ("localization_error", "localization_error_mean", "localization_error_relative")
    assert [metrics[name] for name in names] == pytest.approx(list(expected))


@settings(max_examples=40)
@given(seed=st.integers(0, 2**31))
def test_confusion_and_sizes(seed: int) -> None:
    coco, detections = scene(seed)
    counts = np.zeros((3, 3), int)
    matched = set()
    for found, truth in greedy(coco, detections, by_overlap, same_class=False):
        if found["score"] >= 0.4:
            counts[truth["category_id"] - 1 if truth else 2, found["category_id"] - 1] += 1
            matched |= {truth["id"]} if truth else set()
    missed = [one for one in coco["annotations"] if not one["iscrowd"] and one["id"] not in matched]
    for one in missed:
        counts[one["category_id"] - 1, 2] += 1
    curves = metered(coco, detections).curves(0.4)
    assert curves["confusion"]["counts"] == counts.tolist()
    total = {
        name: sum(one[name] for one in curves["sizes"]) for name in ("found", "confused", "missed", "false_alarms")
    }
    right = int(np.trace(counts))
    assert total == {
        "found": right,
        "confused": int(counts[:2, :2].sum()) - right,
        "missed": len(missed),
        "false_alarms": int(counts[2].sum()),
    }
    small = sum((one["bbox"][2] * one["bbox"][3]) ** 0.5 < 16 for one in missed)
    assert curves["sizes"][0]["missed"] == small


def test_equal_scores_above_the_threshold_stay_together() -> None:
    coco, _ = scene(0)
    coco["annotations"] = [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [0, 0, 10, 10]}]
    hit, stray = [0.0, 0.0, 10.0, 10.0], [30.0, 30.0, 5.0, 5.0]
    found = [{"image_id": 1, "category_id": 1, "bbox": box, "score": score} for box, score in
             ((stray, 0.7), (hit, 0.7), (stray, 0.2))]  # fmt: skip
    assert metered(coco, found).best_threshold() == pytest.approx(0.45)


def test_scores_that_are_no_probabilities_are_not_calibrated() -> None:
    scores, right = np.array([0.5, 3.0]), np.array([True, False])
    assert reliability(scores, right).error == -1.0
    assert reliability(scores[:1], right[:1]).error == 0.5
    assert reliability(np.array([0.0, 1.0]), right).count.tolist() == [1] + [0] * 13 + [1]
