"""Weighted images against repeated images; intervals."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fullconv.evaluate.meter import Meter
from fullconv.evaluate.metrics.bootstrap import weighted_precisions


def scenes(seed: int, images: int) -> list[tuple[list[dict[str, Any]], list[dict[str, Any]]]]:
    """Objects and detections of each image; no two scores are equal."""
    rng = np.random.default_rng(seed)
    result = []
    for _ in range(images):
        objects, found = [], []
        for _ in range(int(rng.integers(0, 4))):
            box = [float(side) for side in (*rng.integers(0, 60, 2), 12, 12)]
            category = int(rng.integers(1, 4))
            objects.append({"category_id": category, "bbox": box, "iscrowd": int(rng.random() < 0.1)})
            for _ in range(int(rng.integers(0, 3))):
                moved = [box[0] + float(rng.integers(-3, 4)), box[1] + float(rng.integers(-3, 4)), 12.0, 12.0]
                said = category if rng.random() < 0.8 else int(rng.integers(1, 4))
                found.append({"category_id": said, "bbox": moved, "score": float(rng.random())})
        result.append((objects, found))
    return result


def metered(images: list[tuple[list[dict[str, Any]], list[dict[str, Any]]]]) -> Meter:
    objects = [{**one, "image_id": place} for place, (mine, _) in enumerate(images) for one in mine]
    coco = {
        "images": [{"id": place} for place in range(len(images))],
        "annotations": [{**one, "id": place} for place, one in enumerate(objects)],
        "categories": [{"id": one, "name": str(one)} for one in (1, 2, 3)],
    }
    meter = Meter(coco, {1: 0, 2: 1, 3: 2}, background=None)
    for place, (_, found) in enumerate(images):
        meter.add(place, None, None, [{**one, "image_id": place} for one in found])
    return meter


@settings(max_examples=40)
@given(seed=st.integers(0, 2**31), weights=st.lists(st.integers(0, 3), min_size=6, max_size=6))
def test_a_weight_counts_like_so_many_copies(seed: int, weights: list[int]) -> None:
    images = scenes(seed, 6)
    copies = [one for one, weight in zip(images, weights, strict=True) for _ in range(weight)]
    if not copies:
        return
    whole = metered(images)
    whole.metrics(0.5)
    values = weighted_precisions(whole._judgement.ranked, np.array([weights, [1] * 6]))
    for place, metrics in enumerate((metered(copies).metrics(0.5), whole.metrics(0.5))):
        for name in ("AP", "AP50", "AP75", "AR"):
            assert np.nan_to_num(values[name][place], nan=-1.0) == pytest.approx(metrics[name], abs=1e-9), name


def test_intervals_hold_the_metric_and_narrow_with_more_images() -> None:
    few, many = metered(scenes(3, 20)), metered(scenes(3, 20) * 9)
    metrics = few.metrics(0.4)
    wide, narrow = few.intervals(0.4, samples=300), many.intervals(0.4, samples=300)
    for name in ("AP50", "F1_iou50", "F1_center", "recall_center"):
        assert wide[name][0] < metrics[name] < wide[name][1]
        ratio = (wide[name][1] - wide[name][0]) / (narrow[name][1] - narrow[name][0])
        assert 2 < ratio < 4.5, name  # 3 is the square root of 9
    assert few.intervals(0.4, samples=300) == wide
    assert few.intervals(0.4, samples=300, seed=1) != wide


def test_pieces_of_work_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    meter = metered(scenes(5, 12))
    whole = meter.intervals(0.4, samples=50)
    monkeypatch.setattr("fullconv.evaluate.metrics.bootstrap._WEIGHTS", 30)
    pieces = meter.intervals(0.4, samples=50)
    assert {name: pytest.approx(ends, abs=1e-12) for name, ends in whole.items()} == pieces


def test_nothing_to_measure_has_no_interval() -> None:
    assert set(map(tuple, metered([([], [])]).intervals(0.5, samples=3).values())) == {(-1.0, -1.0)}
