"""docs/use/own.md: every row of its table of bad input is tried, and gives the line that the row shows."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fullconv.config.schema import DataConfig
from fullconv.data.sources.crops.loading import read_crops
from fullconv.errors import InputError
from fullconv.report.page.finder import FILES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "use" / "own.md"
Knobs = dict[str, Any]
Rows = dict[str, tuple[str, str, str]]


def paint(path: Path, side: int = 24, seed: int | None = None) -> None:
    """Write a picture; another one for each path unless a seed is given."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng([*map(ord, path.parent.name + path.name)] if seed is None else seed)
    Image.fromarray(rng.integers(0, 256, (side, side, 3), dtype=np.uint8)).save(path)


def crops(root: Path, count: int = 6) -> Path:
    """Write nuts and screws, `count` of each."""
    for name in ("nut", "screw"):
        for number in range(count):
            paint(root / name / f"{number}.png")
    return root


def folder(root: Path, **knobs: Any) -> Knobs:
    return {"path": str(crops(root / "crops")), **knobs}


def at(path: Path, **knobs: Any) -> Knobs:
    return {"path": str(path), **knobs}


def table(root: Path, text: str | bytes) -> Knobs:
    crops(root)
    (root / "list.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return {"form": "csv", "path": str(root / "list.csv")}


def coco(root: Path, boxes: list[list[float]], files: int = 1, **knobs: Any) -> Knobs:
    paint(root / "1.png", 60)
    annotations = [
        {"id": number, "image_id": 1, "category_id": 1 + number % 2, "bbox": box} for number, box in enumerate(boxes)
    ]
    content = {
        "images": [{"id": 1, "file_name": "1.png", "width": 60, "height": 60}],
        "annotations": annotations,
        "categories": [{"id": 1, "name": "nut"}, {"id": 2, "name": "screw"}],
    }
    for number in range(files):
        (root / f"set{number}.json").write_text(json.dumps(content))
    return {"form": "coco", "path": str(root), **knobs}


def yolo(root: Path, line: str, names: str | None, picture: bool = True) -> Knobs:
    (root / "labels").mkdir(parents=True)
    (root / "labels" / "1.txt").write_text(line)
    paint(root / "images" / ("1.png" if picture else "2.png"), 60)
    if names is not None:
        (root / "classes.txt").write_text(names)
    return {"form": "coco", "path": str(root)}


def empty(root: Path, *inside: str) -> Path:
    for name in ("", *inside):
        (root / name).mkdir(parents=True, exist_ok=True)
    return root


def torn(root: Path) -> Knobs:
    crops(root)
    paint(root / "nut" / "same.png", seed=1)
    paint(root / "screw" / "same.png", seed=1)
    return at(root)


def broken(root: Path, count: int, whole: int = 6) -> Knobs:
    if whole:
        crops(root, whole)
    for number in range(count):
        (root / "nut").mkdir(parents=True, exist_ok=True)
        (root / "nut" / f"bad{number}.png").write_bytes(b"no picture")
    return at(root)


def lone(root: Path) -> Knobs:
    crops(root)
    paint(root / "washer" / "1.png")
    return at(root)


def alike(root: Path) -> Knobs:
    for number in range(5):
        paint(root / "nut" / f"{number}.png", seed=2)
    return at(root)


def bare(root: Path) -> Knobs:
    paint(root / "1.png")
    return at(root)


def small_scenes(root: Path) -> Knobs:
    paint(root / "scenes" / "1.png", 20)
    return folder(root, scenes=str(root / "scenes"))


def a_file(root: Path) -> Knobs:
    (root / "crops.zip").write_bytes(b"PK")
    return at(root / "crops.zip")


# The first cell of a row → what makes that input in an empty folder; `{}` is the folder's own path.
CASES: dict[str, Callable[[Path], Knobs]] = {
    "`data=folder` without a path": lambda root: {},
    "a path that is not there": lambda root: at(root / "nowhere"),
    "an archive, not unpacked": a_file,
    "an empty folder": lambda root: at(empty(root / "crops")),
    "pictures beside each other, without class folders": bare,
    "class folders without pictures": lambda root: at(empty(root / "crops", "nut", "screw")),
    "one folder too high": lambda root: at(crops(root / "all" / "crops").parent),
    "a class of one crop": lone,
    "the same picture in two classes": torn,
    "copies of one picture alone": alike,
    "more files than `data.broken` that cannot be read": lambda root: broken(root, 3),
    "no file that can be read": lambda root: broken(root, 3, whole=0),
    "a class that is not there": lambda root: folder(root, classes=["nut", "scerw"]),
    "a class named twice": lambda root: folder(root, classes=["nut", "nut"]),
    "the background as a class": lambda root: folder(root, classes=["nut", "background"]),
    "scenes that are not there": lambda root: folder(root, scenes=str(root / "nowhere")),
    "scenes without a picture": lambda root: folder(root, scenes=str(empty(root / "scenes"))),
    "crops given as scenes": small_scenes,
    "a margin in per cent": lambda root: folder(root, margin=25.0),
    "a share to test on in per cent": lambda root: folder(root, test_share=20.0),
    "a share of broken files in per cent": lambda root: folder(root, broken=5.0),
    "a window of 4 pixels": lambda root: folder(root, side=4),
    "no name of the background": lambda root: folder(root, background=" "),
    "a form that is none": lambda root: folder(root, form="zip"),
    "annotations with class folders": lambda root: folder(root, annotations="a.json"),
    "points with class folders": lambda root: folder(root, points=True),
    "pictures without annotations, `data=coco`": lambda root: {**bare(root), "form": "coco"},
    "annotations without pictures": lambda root: at(empty(root / "set"), form="coco"),
    "several COCO files of unknown parts": lambda root: coco(root, [[1, 1, 9, 9], [20, 20, 9, 9]], files=2),
    "annotations that are not there": lambda root: coco(root, [[1, 1, 9, 9]], annotations=str(root / "no.json")),
    "COCO without a box": lambda root: coco(root, []),
    "YOLO without names of classes": lambda root: yolo(root, "0 .5 .5 .2 .2", None),
    "YOLO labels of other pictures": lambda root: yolo(root, "0 .5 .5 .2 .2", "nut\n", picture=False),
    "a folder where a CSV file belongs": lambda root: at(empty(root / "set"), form="csv"),
    "an empty CSV file": lambda root: table(root, ""),
    "a CSV file of other columns": lambda root: table(root, "path,colour\nnut/0.png,red\n"),
    "a row without a label": lambda root: table(root, "path,label\nnut/0.png,nut\nnut/1.png,\n"),
    "an unknown word for a part": lambda root: table(root, "path,label,split\nnut/0.png,nut,hold-out\n"),
    "a spreadsheet's own file": lambda root: table(root, b"PK\x03\x04\x00\x00\xff\xfe"),
}  # fmt: skip


def told(make: Callable[[Path], Knobs], root: Path) -> InputError:
    """Return what the reader says of an input."""
    config = DataConfig(**{"name": "own", "form": "folder", "cache": str(root), **make(root)})
    with pytest.raises(InputError) as caught:
        read_crops(config)
    return caught.value


def test_every_row_has_a_case_and_every_case_a_row(bad_input: Callable[[str], Rows]) -> None:
    assert list(bad_input("bad input")) == list(CASES)
    assert len(CASES) >= 25


@pytest.mark.parametrize("name", CASES)
def test_a_row_shows_the_line_that_comes(
    name: str, tmp_path: Path, bad_input: Callable[[str], Rows], shows: Callable[[str, str], bool]
) -> None:
    error = told(CASES[name], tmp_path)
    key, said, mend = bad_input("bad input")[name]
    for cell, text in ((key, error.where), (said, error.received), (mend, error.mend)):
        assert shows(cell, text), (cell, text)
    assert len(str(error)) <= 400


def test_symptoms_name_cause_and_mend() -> None:
    text = PAGE.read_text(encoding="utf-8").split("## When something looks wrong")[1].split("\n## ")[0]
    table = [line.strip("|").split(" | ") for line in text.splitlines() if line.startswith("| ")]
    assert len(table) >= 2 + 12
    assert {len(row) for row in table} == {3}


def test_the_page_of_the_folder_tells_of_every_file() -> None:
    text = PAGE.with_name("finders.md").read_text(encoding="utf-8")
    for name, said in FILES.items():
        assert f"| `{name}` | {said} |" in text
