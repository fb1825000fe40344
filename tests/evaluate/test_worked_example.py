"""The worked example of docs/metrics.md, computed, and its columns of empty cases."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fullconv.convert.geometry import Geometry
from fullconv.evaluate.neighbourhood import neighbourhood
from fullconv.evaluate.pointing import pointing_game
from fullconv.evaluate.scene_metrics import scene_metrics

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


def shown(value: float) -> str:
    return f"{value:.4f}"


def test_the_page_has_every_metric_and_its_value() -> None:
    scores, coco, detections = example()
    metrics = scene_metrics(scores, detections, coco, GEOMETRY, CLASS_OF_CATEGORY, background=2)
    counts = {name: metrics.pop(name) for name in ("images", "objects", "detections")}
    assert counts == {"images": 1, "objects": 3, "detections": 4}
    assert {name: cells[0] for name, cells in table().items()} == {
        name: shown(value) for name, value in metrics.items()
    }


@pytest.mark.parametrize("column", [1, 2, 3])
def test_the_page_tells_the_empty_cases(column: int) -> None:
    scores, coco, detections = example()
    if column == 1:
        detections = [detections[1]]
    elif column == 2:
        detections = []
    else:
        coco["annotations"] = []
    metrics = scene_metrics(scores, detections, coco, GEOMETRY, CLASS_OF_CATEGORY, background=2)
    for name, cells in table().items():
        if cells[column]:
            assert metrics[name] == float(cells[column]), name


def test_detections_change_neither_pointing_nor_centre() -> None:
    scores, coco, _ = example()
    metrics = scene_metrics(scores, [], coco, GEOMETRY, CLASS_OF_CATEGORY, background=2)
    assert (metrics["pointing"], shown(metrics["centre"])) == (0.5, table()["centre"][0])


def test_the_steps_by_hand() -> None:
    scores, coco, _ = example()
    game = pointing_game(scores, coco, GEOMETRY, CLASS_OF_CATEGORY)
    assert (game.hits, game.misses, game.mean_accuracy) == ({1: 1, 2: 0}, {1: 0, 2: 1}, 0.5)
    rows = neighbourhood(scores, coco, GEOMETRY, CLASS_OF_CATEGORY, ["a", "b", "background"])
    assert [sum(row["object"] == one for row in rows) for one in (1, 2, 3)] == [4, 6, 4]
    assert "4 + 6 + 4 = 14 rows" in PAGE
