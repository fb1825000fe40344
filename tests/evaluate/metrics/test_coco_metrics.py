"""AP and AR of files and of the meter against pycocotools, empty cases, refusals."""

import contextlib
import copy
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fullconv.errors import InputError
from fullconv.evaluate.meter import Meter
from fullconv.evaluate.metrics.coco import evaluate_coco

SIDE = st.one_of(st.integers(1, 40), st.sampled_from([32, 96, 100]))
BOX = st.tuples(st.integers(0, 40), st.integers(0, 40), SIDE, SIDE).map(list)


def coco_of(objects: list[tuple[int, int, list[float], int]], images: int = 3) -> dict[str, Any]:
    return {
        "images": [{"id": one, "file_name": f"{one}.png", "height": 80, "width": 80} for one in range(1, images + 1)],
        "annotations": [
            {"id": place, "image_id": image, "category_id": category, "bbox": box, "iscrowd": crowd}
            for place, (image, category, box, crowd) in enumerate(objects, start=1)
        ],
        "categories": [{"id": one, "name": str(one)} for one in (1, 2, 5)],
    }


def result(image: int, category: int, box: list[float], score: float) -> dict[str, Any]:
    return {"image_id": image, "category_id": category, "bbox": box, "score": score}


def oracle(detections: list[dict[str, Any]], coco: dict[str, Any]) -> list[float]:
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    truth = COCO()
    truth.dataset = copy.deepcopy(coco)
    for one in truth.dataset["annotations"]:
        one["area"] = one["bbox"][2] * one["bbox"][3]
    with contextlib.redirect_stdout(io.StringIO()):
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes(copy.deepcopy(detections)), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return [float(evaluation.stats[place]) for place in (0, 1, 2, 8, 3, 4, 5)]


def metered(detections: list[dict[str, Any]], coco: dict[str, Any]) -> Meter:
    """Images that were not searched have detections all the same: here boxes alone matter."""
    meter = Meter(coco, {1: 0, 2: 1, 5: 2}, background=None)
    for image in reversed(coco["images"]):
        meter.add(image["id"], None, None, [one for one in detections if one["image_id"] == image["id"]])
    return meter


@settings(max_examples=80)
@given(
    objects=st.lists(st.tuples(st.integers(1, 3), st.sampled_from([1, 2, 5]), BOX, st.sampled_from([0, 0, 0, 1]))),
    moves=st.lists(
        st.tuples(st.integers(-4, 4), st.integers(-4, 4), st.sampled_from([0.2, 0.5, 0.9]), st.booleans()), max_size=30
    ),
    stray=st.lists(
        st.tuples(st.integers(1, 3), st.sampled_from([1, 2, 5]), BOX, st.floats(0, 1, width=32)), max_size=8
    ),
)
def test_values_are_those_of_pycocotools(objects: Any, moves: Any, stray: Any) -> None:
    coco = coco_of(objects)
    detections = [result(*one) for one in stray]
    for (dy, dx, score, right), (image, category, box, _) in zip(moves, objects, strict=False):
        moved = [box[0] + dx, box[1] + dy, box[2], box[3]]
        detections.append(result(image, category if right else 5, moved, score))
    before = copy.deepcopy((coco, detections))
    metrics = evaluate_coco(detections, coco)
    measured = metered(detections, coco).metrics(0.5)
    assert (coco, detections) == before
    assert {name: measured[name] for name in metrics} == pytest.approx(metrics, abs=1e-9)
    if not any(not crowd for *_, crowd in objects):
        assert set(metrics.values()) == {-1.0}
    elif not detections:
        sizes = {"AP_small": (0, 1024), "AP_medium": (1024, 9216), "AP_large": (9216, 1e10)}
        areas = [box[2] * box[3] for *_, box, crowd in objects if not crowd]
        for name, value in metrics.items():
            low, high = sizes.get(name, (0, 1e10))
            assert value == (0.0 if any(low <= area <= high for area in areas) else -1.0)
    else:
        assert list(metrics) == ["AP", "AP50", "AP75", "AR", "AP_small", "AP_medium", "AP_large"]
        assert list(metrics.values()) == pytest.approx(oracle(detections, coco), abs=1e-9)


def perfect() -> tuple[list[dict[str, Any]], dict[str, Any]]:
    objects = [(1, 1, [0, 0, 10, 10], 0), (2, 2, [5, 5, 10, 10], 0)]
    return [result(image, category, box, 0.9) for image, category, box, _ in objects], coco_of(objects)


def test_nothing_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    assert set(evaluate_coco(*perfect()).values()) == {1.0, -1.0}
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("ids", [(0, 1), (0, 7)])
def test_annotation_ids_do_not_matter(ids: tuple[int, int]) -> None:
    detections, coco = perfect()
    for one, number in zip(coco["annotations"], ids, strict=True):
        one["id"] = number
    assert evaluate_coco(detections, coco)["AP"] == 1.0


def test_files_are_read(tmp_path: Path) -> None:
    detections, coco = perfect()
    (tmp_path / "found.json").write_text(json.dumps(detections))
    (tmp_path / "instances.json").write_text(json.dumps(coco))
    assert evaluate_coco(tmp_path / "found.json", str(tmp_path / "instances.json"))["AP"] == 1.0


def test_more_than_a_hundred_detections_are_cut() -> None:
    detections, coco = perfect()
    late = [{**detections[0], "score": 0.1}]
    noise = [result(1, 1, [50, 50, 5, 5], 0.5)] * 100
    for found, recall in ((noise + late, 0.0), (noise[:99] + late, 0.5)):
        assert evaluate_coco(found, coco)["AR"] == recall
        measured = metered(found, coco).metrics(0.0)
        assert measured["AR"] == recall
        assert measured["recall_iou50"] == 0.5


def test_an_area_on_the_limit_belongs_to_both_sizes() -> None:
    coco = coco_of([(1, 1, [0, 0, 32, 32], 0), (2, 1, [0, 0, 33, 32], 0)])
    found = [result(1, 1, [0, 0, 32, 32], 0.9)]
    for metrics in (evaluate_coco(found, coco), metered(found, coco).metrics(0.5)):
        assert metrics["AP_small"] == pytest.approx(1.0)
        assert metrics["AP_medium"] == pytest.approx(51 / 101)
        assert metrics["AP_large"] == -1.0


def test_pieces_of_work_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    boxes = [(image, category, [3 * image, 5 * place, 20, 20], 0) for image in (1, 2, 3) for place in range(8)
             for category in (1, 2)]  # fmt: skip
    detections = [
        result(image, category, [box[0] + 2, box[1], 20, 20], 0.1 * place % 1)
        for place, (image, category, box, _) in enumerate(boxes)
    ]
    whole = metered(detections, coco_of(boxes)).metrics(0.3)
    monkeypatch.setattr("fullconv.evaluate.matching.overlap._PAIRS", 10)
    assert metered(detections, coco_of(boxes)).metrics(0.3) == whole
    assert 0 < whole["AP"] < 1


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    detections, coco = perfect()
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "list.json").write_text("[]")
    with pytest.raises(InputError, match="no such file"):
        evaluate_coco(detections, tmp_path / "missing.json")
    with pytest.raises(InputError, match="no such file"):
        evaluate_coco(tmp_path / "missing.json", coco)
    with pytest.raises(InputError, match="not JSON"):
        evaluate_coco(detections, tmp_path / "broken.json")
    with pytest.raises(InputError, match="not JSON"):
        evaluate_coco(str(tmp_path / "broken.json"), coco)
    with pytest.raises(InputError, match="not a list of results"):
        evaluate_coco(detections, tmp_path / "list.json")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"image_id": 9}, r"detections\[0\]: image_id 9"),
        ({"image_id": "one"}, "image_id 'one'"),
        ({"category_id": 3}, r"category_id 3.*Known are \[1, 2, 5\]"),
        ({"bbox": [0, 0, -1, 5]}, "width and height above 0"),
        ({"bbox": [0, 0, 0, 5]}, "width and height above 0"),
        ({"bbox": [0, 0, 5]}, "four finite numbers"),
        ({"bbox": [0, 0, 5, float("nan")]}, "four finite numbers"),
        ({"bbox": None}, "four finite numbers"),
        ({"score": float("nan")}, "score nan"),
        ({"score": None}, "score None"),
    ],
)
def test_detections_that_are_refused(change: dict[str, Any], message: str) -> None:
    detections, coco = perfect()
    detections[0] |= change
    with pytest.raises(InputError, match=message):
        evaluate_coco(detections, coco)
    with pytest.raises(InputError, match="list of COCO results"):
        evaluate_coco({"detections": detections}, coco)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("part", "change", "message"),
    [
        ("annotations", {"image_id": 9}, r"annotations\[0\]\.image_id: 9"),
        ("annotations", {"category_id": 3}, r"category_id: 3"),
        ("annotations", {"bbox": [0, 0, 3, -1]}, "a width and height of at least 0"),
        ("annotations", {"id": 2}, r"annotations\[1\]\.id: 2"),
        ("images", {"id": 2}, r"images\[1\]\.id: 2"),
        ("images", {"id": None}, r"images\[0\]\.id: None"),
        ("categories", {"id": "one"}, r"categories\[0\]\.id: 'one'"),
    ],
)
def test_annotations_that_are_refused(part: str, change: dict[str, Any], message: str) -> None:
    detections, coco = perfect()
    coco[part][0] |= change
    with pytest.raises(InputError, match=message):
        evaluate_coco(detections, coco)
    del coco[part]
    with pytest.raises(InputError, match=f"annotations: {part}: missing"):
        evaluate_coco(detections, coco)


@pytest.mark.parametrize("crowds", [0, 1])
def test_crowds_alone_are_nothing_to_find(crowds: int) -> None:
    coco = coco_of([(1, 1, [0, 0, 10, 10], 1)] * crowds)
    for detections in ([], [result(1, 1, [0, 0, 10, 10], 0.9)]):
        assert set(evaluate_coco(detections, coco).values()) == {-1.0}


def test_more_than_a_hundred_objects_of_an_image_count() -> None:
    boxes = [[float(20 * (place % 20)), float(20 * (place // 20)), 10.0, 10.0] for place in range(160)]
    objects = [{"id": place, "image_id": 1, "category_id": 1, "bbox": box} for place, box in enumerate(boxes, 1)]
    coco = {
        "images": [{"id": 1, "width": 400, "height": 160}],
        "categories": [{"id": 1, "name": "dot"}],
        "annotations": objects,
    }
    found = [{"image_id": 1, "category_id": 1, "bbox": box, "score": 0.9} for box in boxes]
    # With the protocol's hundred a perfect answer has a recall of .625.
    assert evaluate_coco(found, coco)["AP50"] == pytest.approx(1)
    meter = Meter(coco, {1: 0}, None)
    meter.add(1, None, None, found)
    assert meter.metrics(0.5)["AP50"] == pytest.approx(1)
    assert meter.metrics(0.5)["AR"] == pytest.approx(1)
