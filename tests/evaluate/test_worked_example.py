"""The worked example of docs/metrics.md, computed, and its columns of empty cases."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fullconv.convert.geometry import Geometry
from fullconv.evaluate.maps.neighbourhood import neighbourhood
from fullconv.evaluate.meter import Meter

PAGE = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text(encoding="utf-8")
GEOMETRY = Geometry((10, 10), (5, 5), (0, 0))
CLASS_OF_CATEGORY = {1: 0, 2: 1}


def table() -> dict[str, list[str]]:
    rows = re.findall(r"^\| (\w+) \|(.*)\|$", PAGE, flags=re.MULTILINE)
    return {name: [cell.strip() for cell in cells.split("|")] for name, cells in rows if name != "metric"}


def example() -> tuple[Any, dict[str, Any], list[dict[str, Any]]]:
    found = re.search(r"```json\n(.*?)```", PAGE, flags=re.DOTALL)
    assert found
    content = json.loads(found[1])
    scores = np.tile(np.array([0.1, 0.1, 0.8], np.float32), (1, *GEOMETRY.cells(20, 30), 1))
    for cell in content["cells"]:
        scores[0, cell["row"], cell["column"]] = cell["scores"]
    coco = {
        "images": [{"id": 1, "file_name": "example.png", "height": 20, "width": 30}],
        "annotations": [
            {"id": place, "image_id": 1, "category_id": one["category_id"], "bbox": one["bbox"]}
            for place, one in enumerate(content["annotations"], start=1)
        ],
        "categories": [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}],
    }
    keys = ("category_id", "bbox", "score")
    detections = [{"image_id": 1, **{key: one[key] for key in keys}} for one in content["detections"]]
    return scores, coco, detections


def threshold() -> float:
    found = re.search(r'"threshold": ([0-9.]+)', PAGE)
    assert found
    return float(found[1])


def meter(scores: Any, coco: dict[str, Any], detections: list[dict[str, Any]]) -> Meter:
    result = Meter(coco, CLASS_OF_CATEGORY, background=2)
    result.add(1, scores[0], GEOMETRY, detections)
    return result


def shown(value: float) -> str:
    return f"{value:.4f}"


def test_the_page_has_every_metric_and_its_value() -> None:
    metrics = meter(*example()).metrics(threshold())
    counts = {name: metrics.pop(name) for name in ("threshold", "images", "objects", "detections")}
    assert counts == {"threshold": 0.75, "images": 1, "objects": 3, "detections": 4}
    assert {name: type(counts[name]) for name in ("images", "objects", "detections")} == dict.fromkeys(
        ("images", "objects", "detections"), int
    )
    assert {name: cells[0] for name, cells in table().items()} == {
        name: shown(value) for name, value in metrics.items()
    }


@pytest.mark.parametrize("column", [1, 2, 3])
def test_the_page_tells_the_empty_cases(column: int) -> None:
    scores, coco, detections = example()
    if column == 1:
        detections = [{**detections[1], "bbox": [0, 10, 5, 5]}]
    elif column == 2:
        detections = []
    else:
        coco["annotations"] = []
    metrics = meter(scores, coco, detections).metrics(threshold())
    for name, cells in table().items():
        if cells[column]:
            assert metrics[name] == pytest.approx(float(cells[column])), name


def test_an_image_that_was_not_searched_fails_every_trial() -> None:
    _, coco, _ = example()
    for scores, geometry in ((None, None), (np.zeros((0, 0, 3), np.float32), GEOMETRY)):
        unsearched = Meter(coco, CLASS_OF_CATEGORY, background=2)
        unsearched.add(1, scores, geometry, [])
        metrics = unsearched.metrics(threshold())
        names = ("AP", "F1_center", "pointing", "centre", "focus", "grid_pointing")
        assert [metrics[name] for name in names] == [0.0] * 6


def test_the_threshold_with_the_highest_f1() -> None:
    assert meter(*example()).best_threshold() == 0.6
    assert shown(meter(*example()).metrics(0.6)["F1_iou50"])[1:] == ".8571"
    assert ".857." in PAGE


def test_the_confusion_by_hand() -> None:
    counts = meter(*example()).curves(threshold())["confusion"]
    assert counts["rows"] == ["a", "b", "nothing there"]
    assert counts["columns"] == ["a", "b", "missed"]
    assert counts["counts"] == [[1, 0, 1], [0, 0, 1], [1, 0, 0]]
    assert str(counts["counts"]) in PAGE


def test_the_interval_of_a_single_image_is_its_value() -> None:
    measured = meter(*example())
    metrics, intervals = measured.metrics(threshold()), measured.intervals(threshold(), samples=5)
    assert {"AP", "AP50", "AP75", "AR", "F1_center", "F1_iou50", "pointing", "centre", "focus"} < set(intervals)
    for name, ends in intervals.items():
        assert ends == pytest.approx([metrics[name]] * 2), name


def test_two_images_with_one_object_each_by_hand() -> None:
    layer = np.zeros((4, 6, 1), np.float32)
    layer[1:3, 1:3], layer[1:3, 3], layer[3, 5] = 1.0, 0.5, 0.8
    coco = {
        "images": [{"id": one, "height": 4, "width": 6} for one in (1, 2)],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 2, 2]},
            {"id": 2, "image_id": 2, "category_id": 1, "bbox": [1, 1, 3, 2]},
        ],
        "categories": [{"id": 1, "name": "a"}],
    }
    lone = Meter(coco, {1: 0}, background=None)
    for one in (1, 2):
        lone.add(one, layer, Geometry((1, 1), (1, 1), (0, 0)), [])
    metrics = lone.metrics(0.5)
    for name, value in (("max_box_acc_v2", ".8333"), ("px_ap", ".9429")):
        assert shown(metrics[name])[1:] == value
        assert value in PAGE


def test_the_neighbourhood_by_hand() -> None:
    scores, coco, _ = example()
    rows = neighbourhood(scores, coco, GEOMETRY, CLASS_OF_CATEGORY, ["a", "b", "background"])
    assert [sum(row["object"] == one for row in rows) for one in (1, 2, 3)] == [4, 6, 4]
    assert "4 + 6 + 4 = 14 rows" in PAGE
