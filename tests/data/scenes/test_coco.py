"""COCO files: written, read back, refused; categories by name; images one by one."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fullconv.data.scenes.coco import category_of_class, iter_images, read_coco, write_scenes
from fullconv.data.scenes.mosaics import Placed, Scene
from fullconv.errors import InputError

CLASSES = ["cat", "dog", "hen"]


@pytest.fixture
def scenes() -> list[Scene]:
    rng = np.random.default_rng(0)
    first = Scene(
        "a", rng.integers(0, 256, (9, 7, 1), dtype=np.uint8), (Placed(2, (1, 0, 3, 4)), Placed(0, (4, 5, 3, 4)))
    )
    second = Scene("b", rng.integers(0, 256, (5, 6, 1), dtype=np.uint8), ())
    third = Scene("c", rng.integers(0, 256, (9, 9, 1), dtype=np.uint8), (Placed(2, (0, 0, 3, 4)),))
    return [first, second, third]


def test_what_is_written(tmp_path: Path, scenes: list[Scene]) -> None:
    write_scenes(tmp_path / "set", scenes, CLASSES)
    coco = read_coco(tmp_path / "set" / "instances.json")
    assert coco["categories"] == [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}, {"id": 3, "name": "hen"}]
    assert coco["images"][1] == {"id": 2, "file_name": "b.png", "height": 5, "width": 6}
    assert [annotation["id"] for annotation in coco["annotations"]] == [1, 2, 3]
    assert coco["annotations"][2] == {
        "id": 3,
        "image_id": 3,
        "category_id": 3,
        "bbox": [0, 0, 3, 4],
        "area": 12,
        "iscrowd": 0,
    }
    assert "date_created" not in coco["info"]


def test_pixels_come_back(tmp_path: Path, scenes: list[Scene]) -> None:
    write_scenes(tmp_path / "set", scenes, CLASSES)
    coco = read_coco(tmp_path / "set" / "instances.json")
    read = list(iter_images(coco, tmp_path / "set" / "images", 1))
    assert [entry["id"] for entry, _ in read] == [1, 2, 3]
    for (_, pixels), scene in zip(read, scenes, strict=True):
        assert pixels.dtype == np.float32
        np.testing.assert_array_equal(pixels, scene.image.astype(np.float32) / np.float32(255))


def test_colour_scenes(tmp_path: Path) -> None:
    image = np.random.default_rng(0).integers(0, 256, (4, 5, 3), dtype=np.uint8)
    write_scenes(tmp_path / "set", [Scene("a", image, ())], CLASSES)
    coco = read_coco(tmp_path / "set" / "instances.json")
    ((_, pixels),) = iter_images(coco, tmp_path / "set" / "images", 3)
    np.testing.assert_array_equal(pixels, image.astype(np.float32) / np.float32(255))


def test_pycocotools_reads_it(tmp_path: Path, scenes: list[Scene], capsys: pytest.CaptureFixture[str]) -> None:
    pycocotools = pytest.importorskip("pycocotools.coco")
    write_scenes(tmp_path / "set", scenes, CLASSES)
    oracle = pycocotools.COCO(str(tmp_path / "set" / "instances.json"))
    capsys.readouterr()
    assert oracle.getAnnIds(imgIds=[1]) == [1, 2]
    assert oracle.getCatIds(catNms=["hen"]) == [3]


def test_equal_scenes_give_equal_bytes_and_replace_the_folder(tmp_path: Path, scenes: list[Scene]) -> None:
    def content(folder: Path) -> dict[str, bytes]:
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    write_scenes(tmp_path / "one", scenes, CLASSES)
    write_scenes(tmp_path / "two", scenes[:1], CLASSES)
    (tmp_path / "two" / "stale").touch()
    write_scenes(tmp_path / "two", scenes, CLASSES)
    assert content(tmp_path / "one") == content(tmp_path / "two")
    assert sorted(content(tmp_path / "one")) == ["images/a.png", "images/b.png", "images/c.png", "instances.json"]


@pytest.mark.parametrize(
    ("scene", "says"),
    [
        (Scene("a", np.zeros((4, 4, 1), np.uint8), (Placed(3, (0, 0, 2, 2)),)), "scene a: an object of label 3"),
        (Scene("a", np.zeros((4, 4, 2), np.uint8), ()), "2 channels"),
        (Scene("c", np.zeros((4, 4, 1), np.uint8), ()), "two of one name"),
    ],
)
def test_bad_scenes_leave_the_folder_as_it_was(tmp_path: Path, scenes: list[Scene], scene: Scene, says: str) -> None:
    with pytest.raises(InputError, match=says):
        write_scenes(tmp_path / "set", [scenes[2], scene], CLASSES)
    assert list(tmp_path.iterdir()) == []


def _good() -> dict[str, Any]:
    return {
        "images": [{"id": 1, "file_name": "a.png", "height": 9, "width": 7}, {"id": 2, "file_name": "b.png"}],
        "categories": [{"id": 5, "name": "hen"}, {"id": 3, "name": "cat"}],
        "annotations": [
            {"id": 0, "image_id": 1, "category_id": 5, "bbox": [0, 1.5, 3, 4]},
            {"id": 7, "image_id": 2, "category_id": 3, "bbox": [0, 0, 3, 4], "area": 9, "iscrowd": 1},
        ],
    }


def _changed(change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    content = _good()
    change(content)
    return content


def test_missing_defaults_are_filled_in(tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    path.write_text(json.dumps(_good()))
    first, second = read_coco(path)["annotations"]
    assert (first["id"], first["area"], first["iscrowd"]) == (8, 12, 0)
    assert (second["id"], second["area"], second["iscrowd"]) == (7, 9, 1)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ([], "a JSON list"),
        (_changed(lambda c: c.pop("annotations")), "annotations: missing"),
        (_changed(lambda c: c.update(images={})), "images: missing or not a list"),
        (_changed(lambda c: c.update(images=[], annotations=[])), "no images"),
        (_changed(lambda c: c["images"][1].pop("file_name")), r"images\[1\]\.file_name: missing"),
        (_changed(lambda c: c["images"].append(3)), r"images\[2\]: int instead of an object"),
        (_changed(lambda c: c["images"][0].update(width=0)), r"images\[0\]\.width: 0"),
        (_changed(lambda c: c["images"][1].update(id=1)), r"images\[1\]\.id: 1, also the id of entry 0"),
        (_changed(lambda c: c["categories"][1].update(id=5)), r"categories\[1\]\.id: 5"),
        (_changed(lambda c: c["categories"][0].update(id="five")), r"categories\[0\]\.id: 'five'"),
        (_changed(lambda c: c["annotations"][1].update(id=0)), r"annotations\[1\]\.id: 0"),
        (_changed(lambda c: c["annotations"][1].update(image_id=9)), r"annotations\[1\]\.image_id: 9"),
        (_changed(lambda c: c["annotations"][1].update(category_id=1)), r"annotations\[1\]\.category_id: 1"),
        (
            _changed(lambda c: c["annotations"][0].update(bbox=[0, 0, -1, 4])),
            r"annotations\[0\]\.bbox: \[0, 0, -1, 4\]",
        ),
        (_changed(lambda c: c["annotations"][0].update(bbox=[0, 0, 4])), r"annotations\[0\]\.bbox"),
        (_changed(lambda c: c["annotations"][0].update(bbox=[0, 0, 4, float("nan")])), r"annotations\[0\]\.bbox"),
        (_changed(lambda c: c["annotations"][0].update(bbox=[0, 0, 4, "four"])), r"annotations\[0\]\.bbox"),
    ],
)
def test_bad_files_are_refused_by_entry(tmp_path: Path, content: Any, says: str) -> None:
    path = tmp_path / "own.json"
    path.write_text(json.dumps(content))
    with pytest.raises(InputError, match=rf"own\.json: {says}"):
        read_coco(path)


def test_files_that_are_not_json(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_coco(tmp_path / "absent.json")
    with pytest.raises(InputError, match="a folder"):
        read_coco(tmp_path)
    (tmp_path / "own.json").write_bytes(b'{"images": [')
    with pytest.raises(InputError, match="not JSON"):
        read_coco(tmp_path / "own.json")


def test_names_are_text_without_spaces_around_it(tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    content = _changed(lambda c: (c["categories"][0].update(name=7), c["categories"][1].update(name=" cat\n")))
    path.write_text(json.dumps(content))
    assert [category["name"] for category in read_coco(path)["categories"]] == ["7", "cat"]


@pytest.mark.parametrize("box", ["missing", None, []])
def test_boxes_are_drawn_around_polygons(tmp_path: Path, box: Any) -> None:
    path = tmp_path / "own.json"
    annotation: dict[str, Any] = {"id": 3, "image_id": 1, "category_id": 5}
    annotation["segmentation"] = [[1, 2, 4.5, 2, 3, 8], [0.5, 3, 1, 3, 1, 4]]
    if box != "missing":
        annotation["bbox"] = box
    path.write_text(json.dumps(_changed(lambda c: c.update(annotations=[annotation]))))
    (read,) = read_coco(path)["annotations"]
    assert (read["bbox"], read["area"], read["iscrowd"]) == ([0.5, 2, 4.0, 6], 24.0, 0)


def test_a_given_box_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    path.write_text(json.dumps(_changed(lambda c: c["annotations"][0].update(segmentation=[[0, 0, 9, 9, 0, 9]]))))
    assert read_coco(path)["annotations"][0]["bbox"] == [0, 1.5, 3, 4]


@pytest.mark.parametrize(
    "mask",
    [{"size": [9, 7], "counts": [10, 53]}, [], [[]], [[1, 2, 3]], [["a", 1]], [[True, 1, 2, 2]], "PPYo1", None, [3]],
)
def test_a_mask_that_is_no_polygon_gives_no_box(tmp_path: Path, mask: Any) -> None:
    path = tmp_path / "own.json"
    annotation = {"id": 3, "image_id": 1, "category_id": 5, "segmentation": mask}
    path.write_text(json.dumps(_changed(lambda c: c.update(annotations=[annotation]))))
    with pytest.raises(InputError, match=r"annotations\[0\]\.bbox: missing\. Give a box, or polygons"):
        read_coco(path)


def test_a_set_without_annotations_is_read(tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    path.write_text(json.dumps(_changed(lambda c: c.update(annotations=[]))))
    assert category_of_class(read_coco(path), CLASSES) == {2: 5, 0: 3}


def test_images_are_read_light_on_dark(tmp_path: Path) -> None:
    Image.fromarray(np.full((9, 7), 250, np.uint8)).save(tmp_path / "a.png")
    for polarity, value in (("light", 250), ("dark", 5), ("auto", 5)):
        _, pixels = next(iter_images(_good(), tmp_path, 1, polarity))
        np.testing.assert_allclose(pixels, value / 255, atol=1e-6)


def test_images_are_read_one_by_one(tmp_path: Path) -> None:
    Image.new("L", (7, 9)).save(tmp_path / "a.png")
    images = iter_images(_good(), tmp_path, 1)
    assert next(images)[1].shape == (9, 7, 1)
    with pytest.raises(InputError, match=r"b\.png: no such image file"):
        next(images)


def test_an_image_of_another_size_is_told(tmp_path: Path) -> None:
    Image.new("L", (9, 7)).save(tmp_path / "a.png")
    with pytest.raises(InputError, match=r"a\.png: 7x9 pixels where its entry states 9x7"):
        next(iter_images(_good(), tmp_path, 1))
