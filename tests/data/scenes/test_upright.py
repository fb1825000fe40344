"""Pictures with an EXIF orientation: which pixels annotations refer to, and boxes upright."""

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from fullconv.config.schema import DatasetConfig
from fullconv.data.pictures.images import load_image
from fullconv.data.pictures.orientation import Frame, frame_of, turned, turned_box
from fullconv.data.scenes.coco import iter_images, read_coco
from fullconv.data.scenes.upright import upright
from fullconv.errors import InputError
from fullconv.evaluate.maps.drawn import object_pixels
from fullconv.evaluate.scenes.sets import SceneSet, own_scenes

STORED = np.zeros((24, 40), np.uint8)
STORED[4:10, 20:34] = 255  # the object
BOX = [20, 4, 14, 6]
FORMATS = ["x.jpg", "x.png", "x.tif", "x.webp", "deep.tif"]


def written(path: Path, orientation: int, pixels: Any = STORED) -> Path:
    exif = Image.Exif()
    exif[274] = orientation
    if path.name == "deep.tif":
        tag = [(274, "H", 1, orientation, True)]
        tifffile.imwrite(path, pixels.astype(np.uint16) * 257, extratags=tag)
    else:
        options: dict[str, Any] = {"lossless": True} if path.suffix == ".webp" else {"quality": 100, "subsampling": 0}
        Image.fromarray(pixels).save(path, exif=exif, **(options if path.suffix in (".webp", ".jpg") else {}))
    return path


def dataset(folder: Path, entry: dict[str, Any], box: Any = BOX, **annotation: Any) -> SceneSet:
    coco = {
        "images": [{"id": 1, **entry}],
        "categories": [{"id": 1, "name": "square"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": box, **annotation}],
    }
    (folder / "own.json").write_text(json.dumps(coco))
    return own_scenes(DatasetConfig(images=str(folder), annotations=str(folder / "own.json")))


def around(pixels: Any) -> list[int]:
    """The box of what is bright in an image (H, W, 1)."""
    rows, columns = (np.flatnonzero((pixels[..., 0] > 0.5).any(axis=axis)) for axis in (1, 0))
    return [int(columns[0]), int(rows[0]), len(columns), len(rows)]


def upright_box(orientation: int) -> list[int]:
    return around(turned(STORED[..., None] / 255, orientation))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("sizes", ["upright", "stored", "absent", "height alone"])
def test_boxes_lie_where_the_object_is(tmp_path: Path, name: str, orientation: int, sizes: str) -> None:
    frame = frame_of(written(tmp_path / name, orientation))
    assert frame == Frame(24, 40, orientation)
    height, width = frame.stored if sizes == "stored" else frame.upright
    entry: dict[str, Any] = {"file_name": name, "height": height, "width": width}
    if sizes in ("absent", "height alone"):
        del entry["width"]
    if sizes == "absent":
        del entry["height"]
    # A half turn or a mirror leaves the size, which then says nothing: boxes are those of the upright picture.
    sidelong = frame.stored != frame.upright
    scenes = dataset(tmp_path, entry, BOX if sizes == "stored" and sidelong else upright_box(orientation))
    ((read, pixels),) = iter_images(scenes.coco, tmp_path, 1)
    assert pixels.shape[:2] == frame.upright
    assert around(pixels) == scenes.coco["annotations"][0]["bbox"] == upright_box(orientation)
    assert (read.get("height", frame.upright[0]), read.get("width", frame.upright[1])) == frame.upright
    assert scenes.turned == (sizes == "stored" and sidelong)


def test_sizes_that_fit_neither_way_are_told_with_the_orientation(tmp_path: Path) -> None:
    written(tmp_path / "x.png", 6)
    scenes = dataset(tmp_path, {"file_name": "x.png", "height": 24, "width": 41})
    with pytest.raises(InputError, match=r"x\.png: 40x24 pixels \(24x40 as stored; its EXIF orientation is 6\).*24x41"):
        next(iter_images(scenes.coco, tmp_path, 1))


def test_a_box_that_fits_the_stored_picture_alone(tmp_path: Path) -> None:
    """Without a size, upright unless that cannot be: the box reaches over the edge of the upright picture."""
    written(tmp_path / "x.png", 6)
    assert dataset(tmp_path, {"file_name": "x.png"}).coco["annotations"][0]["bbox"] == upright_box(6)
    within = [2, 4, 9, 6]
    assert dataset(tmp_path, {"file_name": "x.png"}, within).coco["annotations"][0]["bbox"] == within


@pytest.mark.parametrize(("others", "turn"), [("stored", True), ("upright", False), ("both", False), ("none", False)])
def test_a_square_follows_the_rest_of_its_set(tmp_path: Path, others: str, turn: bool) -> None:
    written(tmp_path / "square.png", 6, STORED[:, :24])
    written(tmp_path / "a.png", 8)
    sizes = {"stored": [(24, 40)], "upright": [(40, 24)], "both": [(24, 40), (40, 24)], "none": []}[others]
    images = [
        {"id": number, "file_name": "a.png", "height": height, "width": width}
        for number, (height, width) in enumerate(sizes, start=2)
    ]
    coco = {
        "images": [{"id": 1, "file_name": "square.png", "height": 24, "width": 24}, *images],
        "categories": [{"id": 1, "name": "square"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [2, 4, 9, 6]}],
    }
    found = upright(coco, lambda name: tmp_path / name)
    assert found["annotations"][0]["bbox"] == ([14, 2, 6, 9] if turn else [2, 4, 9, 6])


@pytest.mark.parametrize("orientation", [5, 6, 7, 8])
@pytest.mark.parametrize("kind", ["polygons", "runs"])
def test_masks_turn_with_their_boxes(tmp_path: Path, orientation: int, kind: str) -> None:
    written(tmp_path / "x.png", orientation)
    inside = STORED > 0
    inside[4:7, 20:26] = False
    line = inside.ravel(order="F")
    runs = [len(list(group)) for _, group in itertools.groupby(line.tolist())]
    corners = [26, 4, 34, 4, 34, 10, 20, 10, 20, 7, 26, 7]
    mask: Any = [corners] if kind == "polygons" else {"size": [24, 40], "counts": runs}
    scenes = dataset(tmp_path, {"file_name": "x.png", "height": 24, "width": 40}, segmentation=mask)
    (found,) = scenes.coco["annotations"]
    pixels = object_pixels(np.array(found["bbox"]), found["segmentation"], (40, 24), "x")
    np.testing.assert_array_equal(pixels, turned(inside[..., None], orientation)[..., 0])


def test_pictures_without_an_orientation_are_as_they_were(tmp_path: Path) -> None:
    written(tmp_path / "x.png", 1)
    scenes = dataset(tmp_path, {"file_name": "x.png", "height": 24, "width": 40})
    assert scenes.coco == read_coco(tmp_path / "own.json")
    assert not scenes.turned


def test_missing_and_broken_pictures_are_told_when_they_are_read(tmp_path: Path) -> None:
    assert frame_of(tmp_path / "absent.png") is None
    (tmp_path / "x.tif").write_bytes(b"II*\0broken")
    assert frame_of(tmp_path / "x.tif") is None
    scenes = dataset(tmp_path, {"file_name": "x.tif"})
    with pytest.raises(InputError, match=r"x\.tif: cannot be read as an image"):
        next(iter_images(scenes.coco, tmp_path, 1))


@settings(max_examples=60)
@given(st.integers(1, 8), st.integers(1, 12), st.integers(1, 12), st.data())
def test_a_box_turns_as_its_pixels_do(orientation: int, height: int, width: int, data: st.DataObject) -> None:
    left, top = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    right, bottom = data.draw(st.integers(left + 1, width)), data.draw(st.integers(top + 1, height))
    pixels = np.zeros((height, width, 1))
    pixels[top:bottom, left:right] = 1
    frame = Frame(height, width, orientation)
    box = turned_box([left, top, right - left, bottom - top], frame)
    assert around(turned(pixels, orientation)) == box
    assert turned(pixels, orientation).shape[:2] == frame.upright


@settings(max_examples=40)
@given(
    st.integers(1, 8),
    st.sampled_from(["x.jpg", "x.png", "x.tif", "x.webp", "deep.tif"]),
    st.sampled_from(["L", "RGB"]),
    st.integers(1, 9),
    st.integers(1, 9),
    st.integers(0, 2**31),
)
def test_a_picture_in_any_format_and_orientation_is_its_twin(
    orientation: int, name: str, mode: str, height: int, width: int, seed: int
) -> None:
    """Against the same pixels turned and saved as PNG without an orientation."""
    import tempfile

    shape = (height, width) if mode == "L" else (height, width, 3)
    pixels = np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)
    if name == "x.jpg":  # one colour, which JPEG keeps, in each of two halves of 16 pixels
        blocks = np.repeat(np.repeat(pixels[:2, :2], 16, axis=0), 16, axis=1)
        pixels = np.ascontiguousarray(blocks)
    with tempfile.TemporaryDirectory() as folder:
        path = written(Path(folder) / name, orientation, pixels)
        seen = turned(pixels.reshape(*pixels.shape[:2], -1), orientation)
        twin = Path(folder) / "twin.png"
        Image.fromarray(seen.squeeze(axis=2) if mode == "L" else seen).save(twin)
        near = 4 / 255 if name == "x.jpg" else 1e-6
        np.testing.assert_allclose(load_image(path, 3), load_image(twin, 3), atol=near)


@pytest.mark.parametrize("mask", ["PPYo1", 1, [[1, 2, None]], [1, 2, 3, 4], {"size": [24, 40], "counts": 5}])
def test_a_mask_of_another_form_stays_for_who_measures_it(tmp_path: Path, mask: Any) -> None:
    written(tmp_path / "x.png", 6)
    scenes = dataset(tmp_path, {"file_name": "x.png", "height": 24, "width": 40}, segmentation=mask)
    (found,) = scenes.coco["annotations"]
    assert (found["bbox"], found["segmentation"]) == (upright_box(6), mask)
    with pytest.raises(InputError, match=r"^object: a (segmentation that cannot be read|mask of size)"):
        object_pixels(np.array(found["bbox"]), mask, (40, 24), "object")


def test_a_polygon_far_outside_is_refused_before_it_is_drawn() -> None:
    with pytest.raises(InputError, match="object: a polygon far outside its picture"):
        object_pixels(np.array(BOX), [[0, 0, 1e12, 0, 1e12, 1e12]], (24, 40), "object")
