"""Annotated pictures in the three forms: the same set gives the same crops, however it is written."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fullconv.config.schema import DataConfig
from fullconv.data.sources.choice import load_arrays
from fullconv.data.sources.crops.account import write_places
from fullconv.data.sources.crops.loading import read_crops
from fullconv.errors import InputError

Config = Callable[..., DataConfig]
Draw = Callable[..., Path]
Write = Callable[..., Path]

SIZE = (60, 80)
# Of each picture: class and box [x, y, w, h]; whole pixels, as VOC has them.
BOXES = {
    f"{name}.png": [("ring", [4 + 2 * number, 6, 20, 24]), ("nut", [40, 30 - number, 12, 16])]
    for number, name in enumerate("abcdef")
}


def coco_of(names: dict[str, Any], **changes: Any) -> dict[str, Any]:
    images = [{"id": number, "file_name": name} for number, name in enumerate(names, start=1)]
    annotations = [
        {"id": 10 * number + index, "image_id": number, "category_id": ("nut", "ring").index(label) + 1, "bbox": box}
        for number, boxes in enumerate(names.values(), start=1)
        for index, (label, box) in enumerate(boxes)
    ]
    categories = [{"id": 1, "name": "nut"}, {"id": 2, "name": "ring"}]
    return {"images": images, "annotations": annotations, "categories": categories, **changes}


def write_coco(root: Path) -> None:
    (root / "instances.json").write_text(json.dumps(coco_of(BOXES)))


def write_yolo(root: Path) -> None:
    (root / "labels").mkdir()
    (root / "data.yaml").write_text("nc: 2\nnames: [nut, ring]\n")
    for name, boxes in BOXES.items():
        (root / "labels" / name).with_suffix(".txt").write_text("".join(yolo_line(*one) for one in boxes))


def yolo_line(label: str, box: list[int], segment: bool = False) -> str:
    x, y, w, h = box[0] / SIZE[1], box[1] / SIZE[0], box[2] / SIZE[1], box[3] / SIZE[0]
    values = [x, y, x + w, y, x + w, y + h, x, y + h] if segment else [x + w / 2, y + h / 2, w, h]
    return " ".join(map(str, [("nut", "ring").index(label), *values])) + "\n"


def write_segments(root: Path) -> None:
    write_yolo(root)
    for name, boxes in BOXES.items():
        text = "".join(yolo_line(*one, segment=True) for one in boxes)
        (root / "labels" / name).with_suffix(".txt").write_text(text)


def write_voc(root: Path) -> None:
    (root / "Annotations").mkdir()
    for name, boxes in BOXES.items():
        (root / "Annotations" / name).with_suffix(".xml").write_text(voc_text(name, boxes))


def voc_text(name: str, boxes: list[Any], more: str = "") -> str:
    objects = "".join(
        f"<object><name>{label}</name>{more}<bndbox><xmin>{x}</xmin><ymin>{y}</ymin><xmax>{x + w}</xmax>"
        f"<ymax>{y + h}</ymax></bndbox></object>"
        for label, (x, y, w, h) in boxes
    )
    size = f"<size><width>{SIZE[1]}</width><height>{SIZE[0]}</height><depth>3</depth></size>"
    return f"<annotation><filename>{name}</filename>{size}{objects}</annotation>"


WRITERS = {"coco": write_coco, "yolo": write_yolo, "segments": write_segments, "voc": write_voc}


@pytest.fixture
def a_set(draw: Draw, tmp_path: Path) -> Write:
    def make(form: str, images: str = "images") -> Path:
        for name in BOXES:
            draw(f"set/{images}/{name}", SIZE)
        WRITERS[form](tmp_path / "set")
        return tmp_path / "set"

    return make


@pytest.mark.parametrize(("form", "images"), [(form, "images") for form in WRITERS] + [("voc", "JPEGImages")])
def test_all_forms_give_the_same_crops(a_set: Write, config: Config, form: str, images: str) -> None:
    root = a_set(form, images)
    reading = read_crops(config("coco", root))
    arrays = reading.arrays
    assert arrays.crops is not None
    assert arrays.crops.classes == ("nut", "ring")
    assert arrays.crops.unscaled
    assert len(arrays.train_labels) + len(arrays.test_labels) == 12
    places = [one for one, _ in reading.account.places]
    assert {one.name.rpartition("/")[2] for one in places} == set(BOXES)
    images_of = np.concatenate([arrays.train_images, arrays.test_images])
    for place, found in zip(places, images_of, strict=True):
        x, y, w, h = dict(BOXES[place.name.rpartition("/")[2]])[place.label]
        assert place.box == pytest.approx((x, y, w, h), abs=1e-3)
        with Image.open(place.path) as picture:
            crop = picture.crop((x, y, x + w, y + h)).resize((20, 20), Image.Resampling.BILINEAR)
        np.testing.assert_array_equal(found, np.asarray(crop))


def test_a_picture_is_of_one_part(a_set: Write, config: Config) -> None:
    account = read_crops(config("coco", a_set("coco"))).account
    parts = {(place.name, split) for place, split in account.places}
    assert len(parts) == len(BOXES)


def test_a_margin_shows_more_than_the_object(a_set: Write, config: Config) -> None:
    arrays = load_arrays(config("coco", a_set("coco"), margin=0.5))
    assert arrays.crops is not None
    assert arrays.train_images.shape[1] == 40
    assert arrays.crops.margin == 0.5
    assert {tuple(one) for one in arrays.crops.train_sizes.tolist()} == {(24.0, 20.0), (16.0, 12.0)}
    plain = load_arrays(config("coco", a_set("coco")))
    # The object alone is the middle of what is shown around it.
    middle = arrays.train_images[:, 10:30, 10:30].astype(int)
    assert np.abs(middle[:, 2:-2, 2:-2] - plain.train_images[:, 2:-2, 2:-2]).mean() < 2


def test_a_box_over_the_border_is_clipped(a_set: Write, config: Config) -> None:
    root = a_set("coco")
    content = coco_of(BOXES)
    content["annotations"][0]["bbox"] = [-4, -6, 20, 24]
    (root / "instances.json").write_text(json.dumps(content))
    reading = read_crops(config("coco", root))
    assert (0.0, 0.0, 16.0, 18.0) in [place.box for place, _ in reading.account.places]
    reading = read_crops(config("coco", root, points=True, side=24))
    assert (-6.0, -6.0, 24.0, 24.0) in [place.box for place, _ in reading.account.places]


def test_places_are_on_record(a_set: Write, config: Config, tmp_path: Path) -> None:
    write_places(tmp_path / "places.csv", read_crops(config("coco", a_set("coco"))).account.places)
    lines = (tmp_path / "places.csv").read_text().splitlines()
    assert lines[0] == "image,id,class,x,y,w,h,split"
    assert len(lines) == 13
    assert any(line.startswith("a.png,10,ring,4,6,20,24,t") for line in lines)


@pytest.mark.parametrize(
    "names",
    [
        ("train.json", "val.json"),
        ("annotations/instances_train2017.json", "annotations/instances_val2017.json"),
        ("train/_annotations.coco.json", "valid/_annotations.coco.json"),
    ],
)
def test_a_json_for_each_part(draw: Draw, config: Config, tmp_path: Path, names: tuple[str, str]) -> None:
    parts = [dict(list(BOXES.items())[:4]), dict(list(BOXES.items())[4:])]
    for name, boxes in zip(names, parts, strict=True):
        (tmp_path / "set" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "set" / name).write_text(json.dumps(coco_of(boxes)))
        home = "images" if name.count("/") == 0 else name.rpartition("/")[0].replace("annotations", "photos")
        for picture in boxes:
            draw(f"set/{home}/{picture}", SIZE)
    arrays = load_arrays(config("coco", tmp_path / "set"))
    assert (len(arrays.train_labels), len(arrays.test_labels)) == (8, 4)


def test_one_file_that_is_named_is_used_alone(a_set: Write, config: Config) -> None:
    root = a_set("coco")
    (root / "train.json").write_text(json.dumps(coco_of(dict(list(BOXES.items())[:3]))))
    arrays = load_arrays(config("coco", root, annotations=str(root / "train.json")))
    assert len(arrays.train_labels) + len(arrays.test_labels) == 6


def test_crowds_and_boxes_outside_are_left_out_and_told(a_set: Write, config: Config) -> None:
    root = a_set("coco")
    content = coco_of(BOXES)
    content["annotations"] += [
        {"image_id": 1, "category_id": 1, "bbox": [0, 0, 30, 30], "iscrowd": 1},
        {"image_id": 1, "category_id": 1, "bbox": [9, 9, 0, 5]},
        {"image_id": 2, "category_id": 1, "bbox": [100, 9, 10, 10]},
        {"image_id": 2, "category_id": 1, "bbox": [76, 9, 10, 10]},
    ]
    (root / "instances.json").write_text(json.dumps(content))
    reading = read_crops(config("coco", root))
    assert len(reading.account.places) == 12
    assert "2 crowds and boxes without area" in reading.account.told
    assert "2 boxes outside their pictures, or of less than a pixel" in reading.account.told


def test_a_category_called_background_is_no_class(a_set: Write, config: Config) -> None:
    root = a_set("coco")
    content = coco_of(BOXES)
    content["categories"].append({"id": 3, "name": "Background"})
    content["annotations"].append({"image_id": 1, "category_id": 3, "bbox": [30, 2, 30, 10]})
    (root / "instances.json").write_text(json.dumps(content))
    crops = load_arrays(config("coco", root)).crops
    assert crops is not None
    assert crops.classes == ("nut", "ring")
    assert [one.shape for one in crops.nothing] in ([(10, 30, 3)], [])


def test_pictures_of_another_size_than_stated_are_refused(a_set: Write, config: Config) -> None:
    root = a_set("coco")
    content = coco_of(BOXES)
    for one in content["images"]:
        one.update(height=30, width=40)
    (root / "instances.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match=r"6 of 6 files cannot be read \(a\.png: 60x80 pixels where its annotations"):
        load_arrays(config("coco", root))


def test_points_are_squares_of_one_size(a_set: Write, config: Config) -> None:
    root = a_set("coco")
    crops = load_arrays(config("coco", root, points=True, side=24)).crops
    assert crops is not None
    assert (np.concatenate([crops.train_sizes, crops.test_sizes]) == 24).all()
    estimated = load_arrays(config("coco", root, points=True)).crops
    assert estimated is not None
    sizes = np.concatenate([estimated.train_sizes, estimated.test_sizes])
    assert len(np.unique(sizes.round(3))) == 1  # each is the other's nearest
    assert 27 < sizes[0, 0] < 36


def test_points_without_neighbours_need_a_size(a_set: Write, config: Config) -> None:
    root = a_set("coco")
    alone = {name: boxes[:1] for name, boxes in BOXES.items()}
    (root / "instances.json").write_text(json.dumps(coco_of(alone)))
    with pytest.raises(InputError, match=r"data\.side: .*Give data\.side=PIXELS"):
        load_arrays(config("coco", root, points=True))
    load_arrays(config("coco", root, points=True, side=20, background="background"))


def test_boxes_of_stored_pixels_are_turned_with_their_picture(config: Config, draw: Draw, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[274] = 6
    for name in BOXES:
        draw(f"set/{name[0]}.jpg", SIZE, exif=exif, quality=100)
    content = coco_of({f"{name[0]}.jpg": boxes for name, boxes in BOXES.items()})
    for one in content["images"]:
        one.update(height=SIZE[0], width=SIZE[1])
    (tmp_path / "set" / "a.json").write_text(json.dumps(content))
    account = read_crops(config("coco", tmp_path / "set")).account
    place = next(one for one, _ in account.places if (one.name, one.label) == ("a.jpg", "ring"))
    assert place.box == (60 - 6 - 24, 4, 24, 20)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda root: (root / "instances.json").unlink(), r"data\.annotations: no annotations in .* that are known"),
        (
            lambda root: (root / "other.json").write_text(json.dumps(coco_of(BOXES))),
            r"several files \(instances\.json, other\.json\)\. Choose one: data\.annotations=",
        ),
        (
            lambda root: [(root / f"train{n}.json").write_text(json.dumps(coco_of(BOXES))) for n in (1, 2)],
            r"train1\.json and train2\.json are both train",
        ),
        (lambda root: [one.unlink() for one in (root / "images").iterdir()], r"6 of 6 files cannot be read"),
        (
            lambda root: (root / "instances.json").write_text(json.dumps(coco_of(BOXES, annotations=[]))),
            "COCO of 2 classes and no box",
        ),
    ],
)
def test_sets_that_cannot_be_used(a_set: Write, config: Config, change: Any, says: str) -> None:
    root = a_set("coco")
    change(root)
    with pytest.raises(InputError, match=says):
        load_arrays(config("coco", root))


def test_annotations_that_are_not_there(a_set: Write, config: Config) -> None:
    root = a_set("coco")
    with pytest.raises(InputError, match=r"data\.annotations: no file or folder .*Did you mean instances\.json\?"):
        load_arrays(config("coco", root, annotations=str(root / "instance.json")))
