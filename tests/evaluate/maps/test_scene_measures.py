"""Pointing, centre accuracy and the neighbourhood table against brute force; borders."""

import csv
from math import hypot
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fullconv.convert.geometry import Geometry
from fullconv.errors import InputError
from fullconv.evaluate.maps.centre import centre_cell
from fullconv.evaluate.maps.neighbourhood import COLUMNS, neighbourhood, write_neighbourhood
from fullconv.evaluate.meter import Meter

CLASS_OF_CATEGORY = {4: 0, 9: 1}
CLASSES = ["four", "nine", "background"]
SIZE = (50, 70)


def scene(seed: int, images: int = 2) -> tuple[Any, dict[str, Any], Geometry]:
    """Random scores, boxes and geometry; box centres lie off the middle between two cells."""
    rng = np.random.default_rng(seed)
    geometry = Geometry((int(rng.integers(6, 20)), int(rng.integers(6, 20))), (int(rng.integers(2, 9)), 5), (0, 0))
    scores = rng.random((images, *geometry.cells(*SIZE), 3)).astype(np.float32)
    annotations = []
    for number in range(int(rng.integers(1, 8))):
        y, x = rng.uniform(0, SIZE[0] - 6), rng.uniform(0, SIZE[1] - 6)
        annotations.append(
            {
                "id": number + 1,
                "image_id": int(rng.integers(1, images + 1)),
                "category_id": int(rng.choice([4, 9])),
                "bbox": [float(x), float(y), float(rng.uniform(1, 12)), float(rng.uniform(1, 12))],
                "iscrowd": int(rng.random() < 0.2),
            }
        )
    coco = {
        "images": [{"id": one + 1, "file_name": f"{one}.png", "height": 50, "width": 70} for one in range(images)],
        "annotations": annotations,
        "categories": [{"id": 4, "name": "four"}, {"id": 9, "name": "nine"}],
    }
    return scores, coco, geometry


def measured(scores: Any, coco: dict[str, Any], geometry: Geometry, images: tuple[int, ...] = (1, 2)) -> Any:
    meter = Meter(coco, CLASS_OF_CATEGORY, background=2)
    for image in images:
        meter.add(image, scores[image - 1], geometry, [])
    return meter.metrics(0.5)


def nearest(bbox: list[float], geometry: Geometry, shape: tuple[int, ...]) -> tuple[int, int]:
    y, x = bbox[1] + bbox[3] / 2, bbox[0] + bbox[2] / 2
    centers = {cell: geometry.center(*cell) for cell in np.ndindex(*shape[:2])}
    return min(centers, key=lambda cell: hypot(centers[cell][0] - y, centers[cell][1] - x))


@settings(max_examples=60)
@given(seed=st.integers(0, 2**31))
def test_centre_accuracy_is_the_share_of_right_nearest_cells(seed: int) -> None:
    scores, coco, geometry = scene(seed)
    objects = [one for one in coco["annotations"] if not one["iscrowd"]]
    right = 0
    for one in objects:
        cells = scores[one["image_id"] - 1]
        cell = nearest(one["bbox"], geometry, cells.shape)
        assert centre_cell(one["bbox"], geometry, cells.shape) == cell
        right += max(range(3), key=lambda index: cells[cell][index]) == CLASS_OF_CATEGORY[one["category_id"]]
    expected = right / len(objects) if objects else -1.0
    assert measured(scores, coco, geometry)["centre"] == expected


@settings(max_examples=60)
@given(seed=st.integers(0, 2**31))
def test_the_pointing_game_counts_trials(seed: int) -> None:
    scores, coco, geometry = scene(seed)
    hits = trials = 0
    for image in (1, 2):
        for category, index in CLASS_OF_CATEGORY.items():
            mine = [one for one in coco["annotations"] if (one["image_id"], one["category_id"]) == (image, category)]
            if all(one["iscrowd"] for one in mine):
                continue
            layer = scores[image - 1, ..., index]
            best = max(np.ndindex(*layer.shape), key=lambda cell: layer[cell])
            y, x = geometry.center(*best)
            trials += 1
            hits += any(
                box[0] <= x <= box[0] + box[2] and box[1] <= y <= box[1] + box[3]
                for box in (one["bbox"] for one in mine)
            )
    assert measured(scores, coco, geometry)["pointing"] == (hits / trials if trials else -1.0)


def one_object(bbox: list[float]) -> dict[str, Any]:
    _, coco, _ = scene(0, images=1)
    return {**coco, "annotations": [{"id": 3, "image_id": 1, "category_id": 9, "bbox": bbox}]}


@settings(max_examples=40)
@given(seed=st.integers(0, 2**31), y=st.integers(0, 44), x=st.integers(0, 64))
def test_the_neighbourhood_holds_each_cell_of_the_map_once(seed: int, y: int, x: int) -> None:
    scores, _, geometry = scene(seed, images=1)
    rows = neighbourhood(scores, one_object([x, y, 6.3, 5.7]), geometry, CLASS_OF_CATEGORY, CLASSES)
    middle = centre_cell([x, y, 6.3, 5.7], geometry, scores.shape[1:])
    expected = [
        cell
        for cell in np.ndindex(*scores.shape[1:3])
        if abs(cell[0] - middle[0]) <= 1 and abs(cell[1] - middle[1]) <= 1
    ]
    assert [(row["row"], row["column"]) for row in rows] == expected
    for row in rows:
        cell = row["row"], row["column"]
        assert tuple(row) == COLUMNS
        assert (row["row_offset"], row["column_offset"]) == (cell[0] - middle[0], cell[1] - middle[1])
        assert (row["y"], row["x"]) == geometry.center(*cell)
        assert row["probability"] == scores[0][cell].max()
        assert row["predicted"] == CLASSES[int(scores[0][cell].argmax())]
        assert (row["object"], row["class"], row["correct"]) == (3, "nine", row["predicted"] == "nine")


def test_the_neighbourhood_is_written_as_csv(tmp_path: Path) -> None:
    scores, _, geometry = scene(5, images=1)
    rows = neighbourhood(scores, one_object([20, 20, 8, 8]), geometry, CLASS_OF_CATEGORY, CLASSES)
    write_neighbourhood(tmp_path / "a" / "table.csv", rows)
    write_neighbourhood(tmp_path / "again.csv", rows)
    assert (tmp_path / "a" / "table.csv").read_bytes() == (tmp_path / "again.csv").read_bytes()
    with (tmp_path / "again.csv").open(newline="") as stream:
        read = list(csv.DictReader(stream))
    assert len(read) == 9
    assert read[4]["probability"] == f"{rows[4]['probability']:.6f}"
    assert {row["correct"] for row in read} <= {"true", "false"}
    write_neighbourhood(tmp_path / "empty.csv", [])
    assert (tmp_path / "empty.csv").read_text() == ",".join(COLUMNS) + "\n"


def test_the_order_of_images_does_not_matter() -> None:
    scores, coco, geometry = scene(7)
    there = measured(scores, coco, geometry)
    coco["images"].reverse()
    assert measured(scores, coco, geometry, images=(2, 1)) == there
    assert there["objects"] == sum(not one["iscrowd"] for one in coco["annotations"])


def test_as_many_names_as_channels() -> None:
    scores, _, geometry = scene(1, images=1)
    with pytest.raises(InputError, match="2 names for 3 channels"):
        neighbourhood(scores, one_object([20, 20, 8, 8]), geometry, CLASS_OF_CATEGORY, CLASSES[:2])


@pytest.mark.parametrize(
    ("bbox", "hit"),
    [
        ([10, 10, 30, 4], True),
        ([10, 10, 4, 30], False),
        ([0, 10, 20, 2], True),  # the point lies on the right border,
        ([20, 10, 9, 2], True),  # on the left border,
        ([18, 9, 4, 2], True),  # on the lower border,
        ([20.01, 10, 9, 9], False),
        ([18, 11.01, 4, 2], False),
    ],
)
def test_the_point_is_the_centre_of_the_windows_pixels(bbox: list[float], hit: bool) -> None:
    scores = np.zeros((1, 5, 9, 3), np.float32)
    scores[0, 1, 3, 1] = 0.9  # centre y = 11, x = 20
    geometry = Geometry((10, 10), (6, 5), (0, 0))
    assert measured(scores, one_object(bbox), geometry, images=(1,))["pointing"] == float(hit)
