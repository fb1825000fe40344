"""COCO as other tools and libraries write it: null, empty, floats, text, NumPy, byte-order marks."""

import codecs
import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fullconv.data.scenes.coco import read_coco
from fullconv.errors import InputError
from fullconv.evaluate.annotations import checked_coco
from fullconv.evaluate.metrics.coco import evaluate_coco

NAN = float("nan")


def coco(**annotation: Any) -> dict[str, Any]:
    one = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [2, 3, 8, 8], **annotation}
    return {
        "images": [{"id": 1, "file_name": "a.png", "height": 32, "width": 48}],
        "categories": [{"id": 1, "name": "square"}],
        "annotations": [one],
    }


def of_file(content: dict[str, Any], folder: Path) -> dict[str, Any]:
    (folder / "own.json").write_text(json.dumps(content))
    return read_coco(folder / "own.json")


Reader = Callable[[dict[str, Any]], dict[str, Any]]


@pytest.fixture(params=["file", "library"])
def read(request: pytest.FixtureRequest, tmp_path: Path) -> Reader:
    """Both ways in: `fullconv evaluate` reads a file, `evaluate_coco` a dictionary, which it leaves as it is."""

    def of_library(content: dict[str, Any]) -> dict[str, Any]:
        before = copy.deepcopy(content)
        found = checked_coco(content)
        assert repr(content) == repr(before)
        return found

    return of_library if request.param == "library" else lambda content: of_file(content, tmp_path)


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        *[("area", value, 64) for value in (None, "", " ", NAN, [], {}, "null")],
        *[("area", value, 9) for value in (9, 9.0, "9", "9.0")],
        *[("iscrowd", value, 0) for value in (None, "", NAN, 0, 0.0, False, "false", "False", "0", "no", [])],
        *[("iscrowd", value, 1) for value in (1, 1.0, True, "true", "TRUE", "1", "yes")],
        *[("bbox", value, [2, 3, 8, 8]) for value in ([2.0, 3.0, 8.0, 8.0], ["2", "3", "8.0", " 8 "])],
        *[("image_id", value, 1) for value in (1.0, "1")],
        *[("category_id", value, 1) for value in (1.0, "1", "01")],
        *[("id", value, 7) for value in (7.0, "7")],
        *[("id", value, 1) for value in (None, "", 0, NAN)],
        *[("segmentation", value, "absent") for value in (None, "", [], {}, NAN)],
    ],
)
def test_what_is_meant_is_taken(read: Reader, key: str, value: Any, expected: Any) -> None:
    (found,) = read(coco(**{key: value}))["annotations"]
    assert found.get(key, "absent") == expected
    assert (found["image_id"], found["bbox"], type(found["image_id"])) == (1, [2, 3, 8, 8], int)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *[("area", value) for value in ([64], "much", -1, {"a": 1}, True, float("inf"), 10**350)],
        *[("iscrowd", value) for value in (2, -1, "maybe", [1], 0.5)],
        *[("bbox", value) for value in ([1, 2, 3], [1, 2, 3, "x"], [1, 2, 3, None], "1,2,3,4", 7, [[1, 2, 3, 4]])],
        *[("bbox", value) for value in ([1, 2, 3, -4], [1, 2, 3, NAN], [1, 2, 3, True], None, "", {"x": 1})],
        *[("image_id", value) for value in (None, "a", 1.5, True, [1], 2**70, "9" * 60)],
        *[("category_id", value) for value in (None, "", 2, "square")],
        *[("id", value) for value in ("first", 1.5, [1], True)],
    ],
)
def test_what_is_not_is_named_in_a_line(read: Reader, key: str, value: Any) -> None:
    with pytest.raises(InputError, match=rf"annotations\[0\]\.{key}: ") as caught:
        read(coco(**{key: value}))
    assert len(str(caught.value)) <= 400
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "expected"), [(32, 32), (32.0, 32), ("32", 32), (None, None), ("", None), (NAN, None)]
)
def test_sizes_are_taken(read: Reader, value: Any, expected: Any) -> None:
    content = coco()
    content["images"][0]["height"] = value
    assert read(content)["images"][0].get("height") == expected


@pytest.mark.parametrize("value", [32.5, 0, -3, "tall", [32], True])
def test_sizes_that_are_none_are_named(read: Reader, value: Any) -> None:
    content = coco()
    content["images"][0]["height"] = value
    with pytest.raises(InputError, match=r"images\[0\]\.height: .*Give whole pixels"):
        read(content)


@pytest.mark.parametrize("section", ["images", "categories", "annotations"])
@pytest.mark.parametrize("value", [None, "", {}, 3, "text", [None], [[]], [3]])
def test_sections_of_another_kind_are_named(read: Reader, section: str, value: Any) -> None:
    with pytest.raises(InputError, match=rf"{section}(\[0\])?: "):
        read({**coco(), section: value})


def test_ids_agree_however_they_are_written(read: Reader) -> None:
    content = coco(image_id="7", category_id=3.0)
    content["images"][0]["id"], content["categories"][0]["id"] = 7.0, "3"
    found = read(content)
    assert found["images"][0]["id"] == found["annotations"][0]["image_id"] == 7
    assert found["categories"][0]["id"] == found["annotations"][0]["category_id"] == 3
    content["images"].append({"id": "7", "file_name": "b.png"})
    with pytest.raises(InputError, match=r"images\[1\]\.id: 7, also the id of entry 0"):
        read(content)


def test_annotations_without_ids_are_numbered(read: Reader) -> None:
    content = coco(id=None)
    content["annotations"] += [{**content["annotations"][0], "id": 5}, dict(content["annotations"][0])]
    del content["annotations"][2]["id"]
    assert [one["id"] for one in read(content)["annotations"]] == [6, 5, 7]


def test_polygons_of_text(read: Reader) -> None:
    (found,) = read(coco(bbox=None, segmentation=[["2", "3", "10", "3", "10", "11"]]))["annotations"]
    assert (found["bbox"], found["area"]) == ([2, 3, 8, 8], 64)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_byte_order_marks(tmp_path: Path, encoding: str) -> None:
    content = coco()
    content["categories"][0]["name"] = "größe 猫"
    (tmp_path / "own.json").write_bytes(json.dumps(content, ensure_ascii=False).encode(encoding))
    assert read_coco(tmp_path / "own.json")["categories"][0]["name"] == "größe 猫"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'{"a": "\xe4"}', "not UTF-8 at byte 7. Save it as UTF-8"),
        (codecs.BOM_UTF8, "not JSON"),
        (b"", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[" + b"9" * 5000 + b"]", "not JSON"),
    ],
)
def test_what_cannot_be_parsed_is_said(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "own.json").write_bytes(content)
    with pytest.raises(InputError, match=says) as caught:
        read_coco(tmp_path / "own.json")
    assert len(str(caught.value)) - len(str(tmp_path)) <= 350


NUMBERS: list[Callable[[Any], Any]] = [
    lambda value: value,
    float,
    str,
    np.int64,
    np.float32,
    np.float64,
    np.asarray,
]


@settings(max_examples=60)
@given(st.sampled_from(NUMBERS), st.sampled_from(NUMBERS), st.sampled_from([list, tuple, np.asarray]))
def test_numbers_of_any_library(of_id: Any, of_side: Any, box: Any) -> None:
    sides = box([of_side(value) for value in (2, 3, 8, 8)])
    truth = coco(image_id=of_id(1), category_id=of_id(1), bbox=sides, area=of_side(64), iscrowd=of_id(0))
    truth["images"][0]["id"] = of_id(1)
    found = [{"image_id": of_id(1), "category_id": of_id(1), "bbox": sides, "score": of_side(1)}]
    assert evaluate_coco(found, truth)["AP50"] == 1.0


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"bbox": np.array([1, 2, 3])}, "four finite numbers"),
        ({"bbox": np.zeros((4, 2))}, "four finite numbers"),
        ({"bbox": np.array([1, 2, np.nan, 3])}, "four finite numbers"),
        ({"bbox": "1234"}, "four finite numbers"),
        ({"score": np.array([0.1, 0.2])}, "score"),
        ({"score": True}, "score True"),
        ({"score": ""}, "score ''"),
        ({"image_id": None}, "image_id None"),
        ({"category_id": [1]}, r"category_id \[1\]"),
    ],
)
def test_detections_of_others_that_are_refused(change: dict[str, Any], says: str) -> None:
    found = [{"image_id": 1, "category_id": 1, "bbox": [2, 3, 8, 8], "score": 0.5, **change}]
    with pytest.raises(InputError, match=rf"detections\[0\]: .*{says}|detections\[0\]: {says}"):
        evaluate_coco(found, coco())


ODD: list[Any] = [
    None,
    "",
    [],
    {},
    True,
    0,
    -1,
    2**62,
    2**70,
    1e308,
    NAN,
    0.5,
    "1",
    "x",
    "²",
    [1],
    [[1, 2, 3]],
    [[1] * 6],
]
ODD += [
    {"size": [32, 48], "counts": [0, 1]},
    {"counts": None},
    np.int64(1),
    np.float32(1.5),
    np.arange(4),
    np.array([]),
    b"1",
]


@settings(max_examples=150)
@given(
    st.sampled_from(["images", "categories", "annotations", "detections"]),
    st.sampled_from(
        ["id", "image_id", "category_id", "bbox", "area", "iscrowd", "segmentation", "height", "name", "score"]
    ),
    st.sampled_from(range(len(ODD))),
)
def test_whatever_stands_there_is_measured_or_named(section: str, key: str, place: int) -> None:
    truth = coco()
    found = [{"image_id": 1, "category_id": 1, "bbox": [2, 3, 8, 8], "score": 0.5}]
    (found if section == "detections" else truth[section])[0][key] = ODD[place]
    said = refusal(found, truth)
    named = f"{section}[0]" in said or "_id: 1. It must be an id of" in said
    assert len(said) <= 400
    assert named or (not said and -1 <= evaluate_coco(found, truth)["AP50"] <= 1 + 1e-9)


def refusal(found: list[dict[str, Any]], truth: dict[str, Any]) -> str:
    try:
        evaluate_coco(found, truth)
    except InputError as error:
        return str(error)
    return ""
