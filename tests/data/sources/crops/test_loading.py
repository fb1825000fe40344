"""What is made of crops as a whole, and what is said of a set before any work."""

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fullconv.config.schema import DataConfig
from fullconv.data.arrays import Arrays, read_arrays, write_arrays
from fullconv.data.sources.choice import load_arrays
from fullconv.data.sources.crops import surroundings
from fullconv.data.sources.crops.loading import read_crops
from fullconv.errors import InputError

Config = Callable[..., DataConfig]
Draw = Callable[..., Path]


def _told(config: DataConfig) -> str:
    return "\n".join(read_crops(config).account.told)


def test_equal_files_give_equal_bytes(folders: Path, config: Config, draw: Draw, tmp_path: Path) -> None:
    draw("scenes/b.png", (90, 80))
    draw("scenes/a.png", (80, 90))
    made = config("folder", folders, scenes=str(tmp_path / "scenes"))
    write_arrays(tmp_path / "one.npz", load_arrays(made, 3))
    # The order in which a file system lists what it holds is another after everything was written again.
    for path in sorted(folders.rglob("*.png"), reverse=True):
        content = path.read_bytes()
        path.unlink()
        path.write_bytes(content)
    write_arrays(tmp_path / "two.npz", load_arrays(made, 3))
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    write_arrays(tmp_path / "other.npz", load_arrays(made, 4))
    assert (tmp_path / "one.npz").read_bytes() != (tmp_path / "other.npz").read_bytes()


def test_crops_come_back_from_their_file(folders: Path, config: Config, draw: Draw, tmp_path: Path) -> None:
    draw("scenes/a.png", (80, 90))
    draw("set/background/a.png", (30, 40))
    arrays = load_arrays(config("folder", folders, scenes=str(tmp_path / "scenes"), margin=0.25))
    write_arrays(tmp_path / "a.npz", arrays)
    back = read_arrays(tmp_path / "a.npz")
    assert arrays.crops is not None
    assert back.crops is not None
    for name in ("train_images", "train_labels", "test_images", "test_labels"):
        np.testing.assert_array_equal(getattr(back, name), getattr(arrays, name))
    np.testing.assert_array_equal(back.crops.train_sizes, arrays.crops.train_sizes)
    np.testing.assert_array_equal(back.crops.scenes[0], arrays.crops.scenes[0])
    np.testing.assert_array_equal(back.crops.nothing[0], arrays.crops.nothing[0])
    assert back.crops.margin == 0.25
    assert arrays.crops.train_sizes.max() <= 15 / 1.5
    assert arrays.train_images.shape[1] == 30


def test_grey_where_all_are(config: Config, draw: Draw, tmp_path: Path) -> None:
    for label in ("a", "b"):
        for number in range(3):
            draw(f"set/{label}/{number}.png", channels=1 if number else 3)
            path = tmp_path / "set" / label / "0.png"
    grey = Image.open(path).convert("L")
    for label in ("a", "b"):
        grey.rotate(90 if label == "a" else 0).convert("RGB").save(tmp_path / "set" / label / "0.png")
    draw("scenes/a.png", (50, 60))
    made = config("folder", tmp_path / "set", scenes=str(tmp_path / "scenes"))
    arrays = load_arrays(made)
    assert arrays.train_images.shape[3] == 1
    assert arrays.crops is not None
    assert arrays.crops.scenes[0].shape == (50, 60, 1)
    draw("set/a/one.png")
    assert load_arrays(made).train_images.shape[3] == 3


def test_crops_of_one_size_tell_nothing_of_scenes(config: Config, draw: Draw, tmp_path: Path) -> None:
    for label in ("a", "b"):
        for number in range(20):
            draw(f"set/{label}/{number}.png", (64, 64))
    draw("scenes/a.png", (90, 90))
    made = config("folder", tmp_path / "set", scenes=str(tmp_path / "scenes"))
    crops = load_arrays(made).crops
    assert crops is not None
    assert not crops.unscaled
    assert crops.reduced == 1.0
    for number in range(3):
        draw(f"set/a/{number}.png", (50, 64))
    crops = load_arrays(made).crops
    assert crops is not None
    assert crops.unscaled
    assert crops.reduced == pytest.approx(1.2 * 40 / 64, rel=0.01)
    assert crops.scenes[0].shape == (round(90 * crops.reduced),) * 2 + (3,)


def test_ten_crops_will_do(config: Config, draw: Draw, tmp_path: Path) -> None:
    for label in ("a", "b"):
        for number in range(5):
            draw(f"set/{label}/{number}.png")
    arrays = load_arrays(config("folder", tmp_path / "set"))
    assert np.bincount(arrays.train_labels).tolist() == [4, 4]
    assert np.bincount(arrays.test_labels).tolist() == [1, 1]


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x89PNG\r\n\x1a\n", b"<html></html>"])
def test_broken_files_are_named_and_left_out(folders: Path, config: Config, content: bytes) -> None:
    (folders / "cat" / "bad.png").write_bytes(content)
    (folders / "dog" / "link.png").symlink_to(folders / "nowhere.png")
    with pytest.raises(InputError, match=r"2 of 14 files cannot be read \(cat/bad\.png: .*data\.broken=0\.15"):
        load_arrays(config("folder", folders))
    reading = read_crops(config("folder", folders, broken=0.15))
    assert len(reading.account.places) == 12
    assert "2 of 14 files cannot be read (cat/bad.png:" in reading.account.told[0]


def test_nothing_but_broken_files(config: Config, tmp_path: Path) -> None:
    for label in ("a", "b"):
        (tmp_path / "set" / label).mkdir(parents=True)
        (tmp_path / "set" / label / "x.png").write_bytes(b"x")
    with pytest.raises(InputError, match=r"data\.path: none of 2 files is a picture"):
        load_arrays(config("folder", tmp_path / "set", broken=1.0))
    with pytest.raises(InputError, match=r"2 of 2 files cannot be read"):
        load_arrays(config("folder", tmp_path / "set", broken=1.0, side=20))


def test_one_class_is_doubted(config: Config, draw: Draw, tmp_path: Path) -> None:
    for number in range(6):
        draw(f"set/ring/{number}.png")
    assert "one class only, 'ring': it is told from all else; data.scenes=DIR" in _told(
        config("folder", tmp_path / "set")
    )
    draw("set/background/a.png")
    assert "one class only, 'ring': it is told from all else\n" in _told(config("folder", tmp_path / "set")) + "\n"


def test_classes_of_few_crops(folders: Path, config: Config, draw: Draw) -> None:
    for number in range(3):
        draw(f"set/bird/{number}.png")
    assert "classes of very few crops (bird 3): 20 or more find better" in _told(config("folder", folders))
    draw("set/fish/0.png")
    with pytest.raises(InputError, match=r"class 'fish' has 1 crops, .*leave it out: data\.classes=\[bird, cat, dog\]"):
        load_arrays(config("folder", folders))
    load_arrays(config("folder", folders, classes=["bird", "cat", "dog"]))


def test_a_class_that_is_only_tested(config: Config, draw: Draw, tmp_path: Path) -> None:
    for part, labels in (("train", "ab"), ("test", "abc")):
        for label in labels:
            for number in range(3):
                draw(f"set/{part}/{label}/{number}.png")
    with pytest.raises(InputError, match=r"class 'c' has 3 crops, 0 of them for training"):
        load_arrays(config("folder", tmp_path / "set"))


def test_a_class_that_is_not_tested_is_told(config: Config, draw: Draw, tmp_path: Path) -> None:
    for part, labels in (("train", "abc"), ("test", "ab")):
        for label in labels:
            for number in range(5):
                draw(f"set/{part}/{label}/{number}.png")
    assert "no crop for testing of c: nothing measures them" in _told(config("folder", tmp_path / "set"))


def test_very_unequal_classes(folders: Path, config: Config, draw: Draw) -> None:
    for number in range(40):
        draw(f"set/ant/{number}.png")
    assert "very unequal classes, 32 crops of ant and 5 of cat: train.balance" in _told(config("folder", folders))


def test_copies_across_parts_are_told(config: Config, draw: Draw, tmp_path: Path) -> None:
    for part in ("train", "test"):
        for label in ("a", "b"):
            for number in range(4):
                draw(f"set/{part}/{label}/{number}.png")
    Image.open(tmp_path / "set/test/a/0.png").save(tmp_path / "set/train/a/copy.bmp")  # pixels count, not bytes
    reading = read_crops(config("folder", tmp_path / "set"))
    assert len(reading.arrays.train_labels) == 8
    assert len(reading.arrays.test_labels) == 8
    assert "1 training crops with the same pixels as one for testing (train/a/copy.bmp and test/a/0.png)" in (
        reading.account.told
    )


def test_crops_that_are_whole_pictures(config: Config, draw: Draw, tmp_path: Path) -> None:
    for label in ("a", "b"):
        for number in range(2):
            draw(f"set/{label}/{number}.png", (1100, 1000 + number))
    made = config("folder", tmp_path / "set")
    assert "crops of about 1049 pixels look like whole pictures" in _told(made)
    draw("scenes/a.png", (700, 900))
    with pytest.raises(InputError, match=r"data\.scenes: scenes as small as the crops: a\.png has 700x900 pixels"):
        load_arrays(replace(made, scenes=str(tmp_path / "scenes")))


def test_scenes_as_small_as_crops_are_left_out(folders: Path, config: Config, draw: Draw, tmp_path: Path) -> None:
    draw("scenes/small.png", (9, 12))
    draw("scenes/large.png", (60, 70))
    reading = read_crops(config("folder", folders, scenes=str(tmp_path / "scenes")))
    assert reading.arrays.crops is not None
    assert [one.shape for one in reading.arrays.crops.scenes] == [(60, 70, 3)]
    assert "1 scenes as small as crops (small.png)" in reading.account.told


def test_a_single_picture_is_a_scene(folders: Path, config: Config, draw: Draw) -> None:
    crops = load_arrays(config("folder", folders, scenes=str(draw("one.png", (60, 70))))).crops
    assert crops is not None
    assert len(crops.scenes) == 1


def test_scenes_that_are_none(folders: Path, config: Config, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "note.txt").write_text("x")
    for name, says in (
        ("empty", "no pictures in .*empty"),
        ("note.txt", "no pictures in .*note"),
        ("emtpy", r"no file or folder .*Did you mean empty\?"),
    ):
        with pytest.raises(InputError, match=rf"data\.scenes: {says}"):
            load_arrays(config("folder", folders, scenes=str(tmp_path / name)))


def test_broken_scenes_are_told(folders: Path, config: Config, draw: Draw, tmp_path: Path) -> None:
    draw("scenes/a.png", (60, 70))
    (tmp_path / "scenes" / "b.png").write_bytes(b"x")
    made = config("folder", folders, scenes=str(tmp_path / "scenes"))
    with pytest.raises(InputError, match=r"data\.scenes: 1 of 2 files cannot be read \(b\.png"):
        load_arrays(made)
    assert "scenes: 1 of 2 files cannot be read" in _told(replace(made, broken=0.5))


def test_no_more_scenes_than_memory_takes(
    folders: Path, config: Config, draw: Draw, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        draw(f"scenes/{number}.png", (40, 50))
    monkeypatch.setattr(surroundings, "BYTES", 13_000)
    made = config("folder", folders, scenes=str(tmp_path / "scenes"))
    first, second = (load_arrays(made, seed).crops for seed in (0, 0))
    assert first is not None
    assert second is not None
    assert len(first.scenes) == 2
    assert all(np.array_equal(one, two) for one, two in zip(first.scenes, second.scenes, strict=True))
    assert "scenes: 2 of 6 pictures" in _told(made)


def test_what_is_told_is_logged(folders: Path, config: Config, draw: Draw, caplog: pytest.LogCaptureFixture) -> None:
    draw("set/bird/0.png")
    draw("set/bird/1.png")
    with caplog.at_level(logging.WARNING):
        told = read_crops(config("folder", folders)).account.told
    assert [one.removeprefix(f"{folders}: ") for one in caplog.messages] == list(told)


def test_a_table_of_classes(folders: Path, config: Config) -> None:
    rows = read_crops(config("folder", folders)).account.rows
    assert rows == (("cat", "5", "1", "12×12"), ("dog", "5", "1", "12×12"))


@pytest.mark.parametrize(
    ("knobs", "says"),
    [
        ({"form": "folders"}, r"data\.form: received 'folders'\. Choose arrays, folder, coco, csv"),
        ({"margin": -0.1}, r"data\.margin: received -0\.1"),
        ({"margin": float("nan")}, r"data\.margin"),
        ({"test_share": 0.0}, r"data\.test_share: received 0\.0"),
        ({"test_share": 1.0}, r"data\.test_share"),
        ({"broken": 1.5}, r"data\.broken: received 1\.5"),
        ({"side": 4}, r"data\.side: received 4"),
        ({"side": 2000}, r"data\.side"),
        ({"background": " "}, r"data\.background"),
        ({"sha256": {"train_images": "0"}}, r"data\.sha256: given for files of your own"),
        ({"points": True}, r"data\.points: .*give data=coco too"),
        ({"annotations": "a.json"}, r"data\.annotations: .*give data=coco too"),
        ({"form": "arrays", "scenes": "x"}, r"data\.scenes: received 'x'\. It is of crops: give data=folder"),
        ({"form": "arrays", "side": 30}, r"data\.side: .*of crops"),
        ({"form": "arrays", "margin": 0.2}, r"data\.margin: .*of crops"),
    ],
)
def test_knobs_that_cannot_be_used(folders: Path, config: Config, knobs: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        load_arrays(replace(config("folder", folders), **knobs))


def test_messages_are_short(config: Config, draw: Draw, tmp_path: Path) -> None:
    for label in ("a" * 100, "b" * 100):
        for number in range(2):
            draw(f"set/{label}/{number}{'x' * 100}.png")
            (tmp_path / "set" / label / f"bad{number}{'x' * 100}.png").write_bytes(b"x")
    with pytest.raises(InputError) as caught:
        load_arrays(config("folder", tmp_path / "set"))
    assert len(str(caught.value)) <= 400
    assert isinstance(load_arrays(config("folder", tmp_path / "set", broken=0.5)), Arrays)
