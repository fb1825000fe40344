"""Focus and grid pointing against sums cell by cell; the published grids."""

from math import hypot
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fullconv.convert.geometry import Geometry
from fullconv.evaluate.meter import Meter

CLASSES = {1: 0, 2: 1, 3: 2, 4: 3}


def coco_of(boxes: list[tuple[int, list[float], int]], size: tuple[int, int]) -> dict[str, Any]:
    return {
        "images": [{"id": 1, "height": size[0], "width": size[1]}],
        "annotations": [
            {"id": place, "image_id": 1, "category_id": category, "bbox": box, "iscrowd": crowd}
            for place, (category, box, crowd) in enumerate(boxes, start=1)
        ],
        "categories": [{"id": one, "name": str(one)} for one in CLASSES],
    }


def measured(scores: Any, boxes: list[tuple[int, list[float], int]], geometry: Geometry) -> Any:
    meter = Meter(coco_of(boxes, (60, 60)), CLASSES, background=None)
    meter.add(1, scores, geometry, [])
    return meter.metrics(0.5)


def scene(seed: int) -> tuple[Any, list[tuple[int, list[float], int]], Geometry]:
    rng = np.random.default_rng(seed)
    stride = int(rng.integers(1, 6)), int(rng.integers(1, 6))
    geometry = Geometry((int(rng.integers(5, 15)), int(rng.integers(5, 15))), stride, (0, 0))
    scores = rng.normal(0.3, 0.5, (*geometry.cells(60, 60), 4)).astype(np.float32)
    boxes = [
        (int(rng.integers(1, 5)), [float(side) for side in (*rng.integers(0, 45, 2), *rng.integers(2, 20, 2))], crowd)
        for crowd in rng.choice([0, 0, 0, 1], int(rng.integers(1, 6))).tolist()
    ]
    return scores, boxes, geometry


def share(layer: Any, chosen: Any) -> float:
    positive = np.maximum(layer.astype(np.float64), 0)
    return float(positive[chosen].sum() / positive.sum()) if positive.sum() > 0 else 0.0


def flags(layer: Any, geometry: Geometry, inside: Any) -> Any:
    return np.array(
        [[inside(*geometry.center(row, col)) for col in range(layer.shape[1])] for row in range(len(layer))]
    )


@settings(max_examples=60)
@given(seed=st.integers(0, 2**31))
def test_focus_sums_cell_by_cell(seed: int) -> None:
    scores, boxes, geometry = scene(seed)
    shares = []
    for category in {one for one, _, crowd in boxes if not crowd}:
        mine = [box for one, box, _ in boxes if one == category]
        layer = scores[..., CLASSES[category]]
        chosen = flags(
            layer,
            geometry,
            lambda y, x, mine=mine: any(b[0] <= x < b[0] + b[2] and b[1] <= y < b[1] + b[3] for b in mine),
        )
        shares.append(share(layer, chosen))
    expected = float(np.mean(shares)) if shares else -1.0
    assert measured(scores, boxes, geometry)["focus"] == pytest.approx(expected, abs=1e-6)


def away(box: list[float], y: float, x: float) -> tuple[float, float]:
    beyond = hypot(max(box[0] - x, x - box[0] - box[2], 0), max(box[1] - y, y - box[1] - box[3], 0))
    return round(beyond, 6), round(hypot(x - box[0] - box[2] / 2, y - box[1] - box[3] / 2), 6)


@settings(max_examples=60)
@given(seed=st.integers(0, 2**31))
def test_grid_pointing_gives_each_cell_to_the_nearest_object(seed: int) -> None:
    scores, boxes, geometry = scene(seed)
    objects = [(category, box) for category, box, crowd in boxes if not crowd]
    shares = []
    for category, box in objects:
        if sum(one == category for one, _ in objects) > 1 or len(objects) < 2:
            continue
        layer = scores[..., CLASSES[category]]
        chosen = flags(
            layer,
            geometry,
            lambda y, x, box=box: away(box, y, x) <= min(away(other, y, x) for _, other in objects),
        )
        shares.append(share(layer, chosen))
    expected = float(np.mean(shares)) if shares else -1.0
    assert measured(scores, boxes, geometry)["grid_pointing"] == pytest.approx(expected, abs=1e-6)


def test_the_published_cases_on_full_grids() -> None:
    """A 2x2 grid of 30-pixel images: a share is that of a quadrant of the map, as published."""
    scores = np.random.default_rng(0).random((60, 60, 4)).astype(np.float32)
    geometry = Geometry((1, 1), (1, 1), (0, 0))
    corners = [[0.0, 0.0], [30.0, 0.0], [0.0, 30.0], [30.0, 30.0]]
    quadrants = [scores[int(y) : int(y) + 30, int(x) : int(x) + 30] for x, y in corners]
    totals = scores.sum(axis=(0, 1), dtype=np.float64)
    different = [(place + 1, [*corner, 30.0, 30.0], 0) for place, corner in enumerate(corners)]
    expected = np.mean([quadrants[place][..., place].sum(dtype=np.float64) / totals[place] for place in range(4)])
    assert measured(scores, different, geometry)["grid_pointing"] == pytest.approx(expected)
    assert measured(scores, different, geometry)["focus"] == pytest.approx(expected)
    twice = [(1 if place < 2 else place + 1, [*corner, 30.0, 30.0], 0) for place, corner in enumerate(corners)]
    shares = [(quadrants[0][..., 0].sum() + quadrants[1][..., 0].sum()) / totals[0]]
    shares += [quadrants[place][..., place].sum() / totals[place] for place in (2, 3)]
    assert measured(scores, twice, geometry)["focus"] == pytest.approx(np.mean(shares))


def test_a_map_without_a_positive_score_has_no_share() -> None:
    boxes = [(1, [0.0, 0.0, 30.0, 30.0], 0), (2, [30.0, 30.0, 30.0, 30.0], 0)]
    metrics = measured(np.full((10, 10, 4), -1.0, np.float32), boxes, Geometry((6, 6), (6, 6), (0, 0)))
    assert (metrics["focus"], metrics["grid_pointing"]) == (0.0, 0.0)


def test_one_object_alone_is_no_grid() -> None:
    metrics = measured(
        np.ones((10, 10, 4), np.float32), [(1, [0.0, 0.0, 30.0, 30.0], 0)], Geometry((6, 6), (6, 6), (0, 0))
    )
    assert (metrics["focus"], metrics["grid_pointing"]) == (0.25, -1.0)
