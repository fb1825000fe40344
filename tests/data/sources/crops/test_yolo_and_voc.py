"""What YOLO's and VOC's sets have besides: parts, orphans, ids without names, broken lines."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from fullconv.config.schema import DataConfig
from fullconv.data.sources.choice import load_arrays
from fullconv.data.sources.crops.loading import read_crops
from fullconv.data.sources.crops.yolo import _objects
from fullconv.errors import InputError

Config = Callable[..., DataConfig]
Draw = Callable[..., Path]

LINES = "0 0.3 0.3 0.2 0.25\n1 0.7 0.6 0.25 0.25\n"
VOC = (
    "<annotation><size><width>0</width><height>0</height></size>{}</annotation>",
    "<object><name>{}</name><difficult>{}</difficult><bndbox><xmin>{}</xmin><ymin>4</ymin><xmax>{}</xmax>"
    "<ymax>30</ymax></bndbox></object>",
)


@pytest.fixture
def yolo(draw: Draw, tmp_path: Path) -> Path:
    for name in "abcdef":
        draw(f"set/images/{name}.jpg", (60, 80))
        (tmp_path / "set" / "labels").mkdir(exist_ok=True)
        (tmp_path / "set" / "labels" / f"{name}.txt").write_text(LINES)
    (tmp_path / "set" / "classes.txt").write_text("bolt\nnut\n")
    return tmp_path / "set"


@pytest.fixture
def voc(draw: Draw, tmp_path: Path) -> Path:
    (tmp_path / "set" / "Annotations").mkdir(parents=True)
    for name in "abcdef":
        draw(f"set/JPEGImages/{name}.jpg", (60, 80))
        objects = VOC[1].format("x", 0, 2, 30) + VOC[1].format("y", 0, 40, 70)
        (tmp_path / "set" / "Annotations" / f"{name}.xml").write_text(VOC[0].format(objects))
    return tmp_path / "set"


@pytest.mark.parametrize(
    "names",
    [
        {"data.yaml": "names:\n  0: bolt\n  1: nut\n"},
        {"dataset.yml": "train: images\nnames: ['bolt', 'nut']\n", "other.yaml": "a: [b"},
        {"obj.names": "bolt\nnut\n"},
    ],
)
def test_names_of_classes_in_any_file(yolo: Path, config: Config, names: dict[str, str]) -> None:
    (yolo / "classes.txt").unlink()
    for name, content in names.items():
        (yolo / name).write_text(content)
    crops = load_arrays(config("coco", yolo)).crops
    assert crops is not None
    assert crops.classes == ("bolt", "nut")


def test_names_given_on_the_command_line(yolo: Path, config: Config) -> None:
    (yolo / "classes.txt").unlink()
    with pytest.raises(InputError, match=r"no data\.yaml or classes\.txt\. Put a classes\.txt there"):
        load_arrays(config("coco", yolo))
    crops = load_arrays(config("coco", yolo, classes=["screw", "ring"])).crops
    assert crops is not None
    assert crops.classes == ("screw", "ring")


def test_labels_beside_their_pictures_and_parts_as_folders(config: Config, draw: Draw, tmp_path: Path) -> None:
    for part, count in (("train", 3), ("valid", 2)):
        for number in range(count):
            # The same names in both parts.
            draw(f"set/{part}/images/{number}.jpg", (60, 80 + number + count))
            (tmp_path / "set" / part / "labels").mkdir(exist_ok=True)
            (tmp_path / "set" / part / "labels" / f"{number}.txt").write_text(LINES)
    (tmp_path / "set" / "data.yaml").write_text("names: [bolt, nut]")
    reading = read_crops(config("coco", tmp_path / "set"))
    assert (len(reading.arrays.train_labels), len(reading.arrays.test_labels)) == (6, 4)
    assert all(split[:2] == place.name[:2] or place.name[:2] == "va" for place, split in reading.account.places)


def test_labels_beside_pictures(config: Config, draw: Draw, tmp_path: Path) -> None:
    for name in "abc":
        draw(f"set/{name}.jpg", (60, 80))
        (tmp_path / "set" / f"{name}.txt").write_text(LINES)
    (tmp_path / "set" / "classes.txt").write_text("bolt\nnut\n")
    (tmp_path / "set" / "README.txt").write_text("hello\n")
    assert len(read_crops(config("coco", tmp_path / "set")).account.places) == 6


def test_what_has_no_partner_is_told(yolo: Path, config: Config, draw: Draw) -> None:
    (yolo / "labels" / "z.txt").write_text(LINES)
    draw("set/images/extra.jpg", (60, 80))
    told = read_crops(config("coco", yolo, annotations=str(yolo / "labels"))).account.told
    assert "1 label files without a picture (z.txt)" in told
    assert any(line.startswith("1 pictures without labels (extra.jpg)") for line in told)


@pytest.mark.parametrize("form", ["yolo", "voc"])
def test_no_pictures_at_all(form: str, config: Config, request: pytest.FixtureRequest, draw: Draw) -> None:
    root: Path = request.getfixturevalue(form)
    for one in root.rglob("*.jpg"):
        one.unlink()
    with pytest.raises(InputError, match=r"data\.path: no pictures in"):
        load_arrays(config("coco", root))
    draw("set/other.jpg")
    with pytest.raises(InputError, match=r"none with (a picture of its name|its picture) \(a\.(txt|xml)"):
        load_arrays(config("coco", root))


def test_an_id_beyond_the_names_is_refused(yolo: Path, config: Config) -> None:
    (yolo / "labels" / "b.txt").write_text("2 0.5 0.5 0.1 0.1\n")
    with pytest.raises(InputError, match=r"b\.txt, line 1: class 2, and 2 names \(bolt, nut\)\. Name every class"):
        load_arrays(config("coco", yolo))


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("bolt 0.5 0.5 0.1 0.1", "where numbers belong"),
        ("0 0.5 0.5 0.1", "not class x y width height"),
        ("0.5 0.5 0.5 0.1 0.1", "not class x y"),
        ("nan 0.5 0.5 0.1 0.1", "not class x y"),
        ("inf 0.5 0.5 0.1 0.1", "not class x y"),
        ("0 320 200 40 40", "values beyond 0..1"),
        ("0 nan 0.5 0.1 0.1", "values beyond 0..1"),
        ("0 0.5 0.5 -0.1 0.1", "values beyond 0..1"),
    ],
)
def test_lines_that_are_none(yolo: Path, config: Config, line: str, says: str) -> None:
    (yolo / "labels" / "b.txt").write_text(line)
    with pytest.raises(InputError, match=rf"1 of 6 files cannot be read \(labels/b\.txt: line 1: .*{says[:12]}"):
        load_arrays(config("coco", yolo))
    assert any(says in one for one in read_crops(config("coco", yolo, broken=0.2)).account.told)


@given(st.text("0123456789.- \nenainf", max_size=60))
def test_any_label_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("labels") / "a.txt"
    path.write_text(text)
    try:
        found = _objects(path, ["a", "b"])
    except (ValueError, InputError):
        return
    for index, (x, y, w, h) in found:
        assert index in (0, 1)
        assert min(x, y, w, h) >= 0
        assert max(x + w, y + h) <= 1 + 1e-9


def test_difficult_objects_are_left_out(voc: Path, config: Config) -> None:
    hard = VOC[0].format(VOC[1].format("x", 1, 2, 30) + VOC[1].format("y", 0, 40, 70))
    (voc / "Annotations" / "a.xml").write_text(hard)
    reading = read_crops(config("coco", voc))
    assert len(reading.account.places) == 11
    assert "1 objects that VOC calls difficult" in reading.account.told


def test_image_sets_name_the_parts(voc: Path, config: Config) -> None:
    (voc / "ImageSets" / "Main").mkdir(parents=True)
    for name, stems in (("trainval", "abcd"), ("test", "ef"), ("x_train", "ef")):
        (voc / "ImageSets" / "Main" / f"{name}.txt").write_text("\n".join(stems))
    arrays = load_arrays(config("coco", voc))
    assert (len(arrays.train_labels), len(arrays.test_labels)) == (8, 4)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("<annotation><object>", "no XML"),
        ("<annotation><object><bndbox/></object></annotation>", "an object without a name"),
        ("<annotation><object><name>x</name></object></annotation>", "an object without a box"),
        ('<?xml version="1.0" encoding="nonsense"?><annotation/>', "no XML"),
    ],
)
def test_broken_annotations_are_named(voc: Path, config: Config, content: str, says: str) -> None:
    (voc / "Annotations" / "b.xml").write_text(content)
    with pytest.raises(InputError, match=rf"1 of 6 files cannot be read \(Annotations/b\.xml: {says}"):
        load_arrays(config("coco", voc))
    assert len(read_crops(config("coco", voc, broken=0.2)).account.places) == 10


def test_labels_elsewhere_with_parts(config: Config, draw: Draw, tmp_path: Path) -> None:
    """Pictures of one name in both parts are told apart by the folders that correspond."""
    for part, width in (("train", 80), ("val", 90)):
        for number in range(3):
            draw(f"set/{part}/{number}.jpg", (60, width + number))
            (tmp_path / "else" / "labels" / part).mkdir(exist_ok=True, parents=True)
            (tmp_path / "else" / "labels" / part / f"{number}.txt").write_text(LINES)
    (tmp_path / "else" / "classes.txt").write_text("bolt\nnut\n")
    made = config("coco", tmp_path / "set", annotations=str(tmp_path / "else" / "labels"))
    places = read_crops(made).account.places
    assert {(place.name.partition("/")[0], split) for place, split in places} == {("train", "train"), ("val", "test")}


def test_many_warnings_of_decoders_are_summed_up(
    config: Config, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(10):
        (tmp_path / "set" / "ab"[number % 2]).mkdir(parents=True, exist_ok=True)
        deep = np.random.default_rng(number).integers(0, 4096, (12, 12)).astype(np.uint16)
        Image.fromarray(deep).save(tmp_path / "set" / "ab"[number % 2] / f"{number}.png")
    load_arrays(config("folder", tmp_path / "set"))
    assert sum("looks like 12 bits" in one for one in caplog.messages) == 3
    assert "and 7 lines of the same kind about other pictures" in caplog.messages
