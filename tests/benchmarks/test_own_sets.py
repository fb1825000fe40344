"""Sets of crops and scenes that the benchmark makes: the same by seed, with objects where they are said to be."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image

Module = Callable[[str], ModuleType]


@pytest.fixture(scope="module")
def letters(benchmark_module: Module) -> ModuleType:
    return benchmark_module("own.letters")


@pytest.fixture(scope="module")
def shapes(benchmark_module: Module) -> ModuleType:
    return benchmark_module("own.shapes")


def digest(folder: Path) -> str:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return hashlib.sha256(
        b"".join(str(one.relative_to(folder)).encode() + one.read_bytes() for one in files)
    ).hexdigest()


def test_a_page_has_every_letter_darker_than_the_paper_around_it(letters: ModuleType) -> None:
    page = letters.page(np.random.default_rng(3), "one")
    grey = page.pixels.mean(axis=2)
    assert len(page.objects) > 100
    for name, (x, y, w, h) in page.objects:
        assert name in letters.LETTERS
        own = grey[int(y) : int(y + h), int(x) : int(x + w)]
        around = grey[max(0, int(y) - 8) : int(y + h) + 8, max(0, int(x) - 8) : int(x + w) + 8]
        assert own.min() < 0.75 * np.quantile(around, 0.9)


def test_the_letters_ink_fills_its_box(letters: ModuleType) -> None:
    ink = np.zeros((200, 200), np.float32)
    x, y, w, h = letters._set_letter(ink, "m", 80.0, 100.0, np.random.default_rng(0))
    rows, cols = (np.nonzero((ink > 0.35).any(axis=axis))[0] for axis in (1, 0))
    assert (x, y, w, h) == (cols[0], rows[0], np.ptp(cols) + 1, np.ptp(rows) + 1)
    assert 78 <= x <= 84
    assert y + h <= 104  # it stands on the line


def test_a_shape_keeps_to_its_size(shapes: ModuleType) -> None:
    for name in (*shapes.CLASSES, *shapes.OTHERS):
        mask = shapes.mask_of(name, 14, 0.7)
        rows, cols = (np.nonzero((mask > 0.1).any(axis=axis))[0] for axis in (1, 0))
        assert max(np.ptp(rows), np.ptp(cols)) + 1 <= 17
        assert 10 < mask.sum() < 14 * 14 * 0.9


def test_shapes_are_told_apart_by_their_middle(shapes: ModuleType) -> None:
    middle = {name: shapes.mask_of(name, 14, 0.0)[11, 11] for name in ("cross", "ring", "star", "half")}
    assert middle == {"cross": 1, "ring": 0, "star": 1, "half": 0}


def test_a_seed_makes_the_same_set(
    letters: ModuleType, shapes: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(letters, "PAGES", {"train": 1})
    monkeypatch.setattr(shapes, "PICTURES", {"train": 1, "test": 1})
    for write in (letters.write_letters, shapes.write_shapes):
        write(tmp_path / "a", 5)
        write(tmp_path / "b", 5)
        write(tmp_path / "c", 6)
        assert digest(tmp_path / "a") == digest(tmp_path / "b") != digest(tmp_path / "c")


def test_a_set_holds_crops_scenes_and_pictures_with_boxes(benchmark_module: Module, tmp_path: Path) -> None:
    sets, material = benchmark_module("own.sets"), benchmark_module("own.material")
    pixels = np.random.default_rng(0).integers(0, 256, (40, 60, 3), np.uint8)
    # One lies over the edge, one is too thin to show a thing.
    objects = (("b", (10.0, 5.0, 12.0, 8.0)), ("a", (-4.0, 30.0, 20.0, 20.0)), ("a", (50.0, 0.0, 3.0, 20.0)))
    picture = sets.Picture("first", pixels, objects)
    sets.write_set(tmp_path / "set", ("a", "b"), [picture], {"test": [picture]})
    own = material.Material(tmp_path / "set")
    assert own.classes == ("a", "b")
    assert own.labels.tolist() == [0, 1]
    np.testing.assert_array_equal(own.crops[1], pixels[5:13, 10:22])
    np.testing.assert_array_equal(own.crops[0], pixels[30:40, 0:16])
    assert own.sizes.tolist() == [[10, 16], [8, 12]]
    np.testing.assert_array_equal(next(iter(own.scenes())), pixels)
    assert own.validation is None
    ((number, seen),) = own.test.pictures()
    np.testing.assert_array_equal(seen, pixels)
    boxes = [(one["category_id"], one["bbox"]) for one in own.test.coco["annotations"] if one["image_id"] == number]
    assert boxes == [({"a": 1, "b": 2}[name], list(box)) for name, box in objects]


def test_twenty_crops_a_class_lie_wholly_in_their_pictures(benchmark_module: Module) -> None:
    cells = benchmark_module("own.cells")
    blank = np.zeros((100, 100, 3), np.uint8)
    boxes = [(name, (10.0 + at, 10.0, 20.0, 20.0)) for name in cells.CLASSES for at in range(25)]
    outside = [(name, (0.0, 10.0, 20.0, 20.0)) for name in cells.CLASSES]
    chosen = cells._chosen([benchmark_module("own.sets").Picture("p", blank, (*outside, *boxes))], 0)
    names = [[*outside, *boxes][number][0] for _, number in chosen]
    assert {name: names.count(name) for name in cells.CLASSES} == dict.fromkeys(cells.CLASSES, 20)
    assert min(number for _, number in chosen) >= len(outside)


def test_the_cells_that_ship_are_whole(benchmark_module: Module) -> None:
    folder = benchmark_module("own.cells").BCCD
    told: dict[str, Any] = {
        part: json.loads((folder / f"{part}.json").read_text()) for part in ("train", "val", "test")
    }
    counts = {part: (len(one["images"]), len(one["annotations"])) for part, one in told.items()}
    assert counts == {"train": (205, 2804), "val": (87, 1137), "test": (72, 945)}
    names = [one["file_name"] for part in told.values() for one in part["images"]]
    assert sorted(names) == sorted(path.name for path in (folder / "images").iterdir())
    with Image.open(folder / "images" / names[0]) as file:
        assert file.size == (640, 480)
