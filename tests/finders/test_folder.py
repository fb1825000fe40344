"""A finder's folder: written whole, read back as it was, refused in one line where it is damaged."""

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fullconv.data.arrays import Arrays
from fullconv.errors import InputError
from fullconv.finders.folder import read_finder, write_finder
from fullconv.finders.made import Made
from fullconv.finders.met import facts_of
from fullconv.finders.place import check_place, forget, unfinished
from fullconv.locate.dimensions import Dimensions
from fullconv.models.class_names import read_class_names

CLASSES = ("disc", "ring")


@pytest.fixture
def copy(finder_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finder_folder, tmp_path / "moved [1], ü"))


def edited(folder: Path, change: Callable[[dict[str, Any]], object], name: str = "finder.json") -> Path:
    path = folder / name
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    return folder


def test_a_moved_finder_is_what_was_made(copy: Path, made: Made) -> None:
    kept = read_finder(copy)
    for name in ("channels", "config", "dimensions", "thresholds", "calibration", "pixels"):
        assert getattr(kept, name) == getattr(made, name), name
    assert kept.boxes is not None
    assert made.boxes is not None
    np.testing.assert_array_equal(kept.boxes.weights, made.boxes.weights)
    np.testing.assert_array_equal(kept.boxes.bias, made.boxes.bias)
    images = np.random.default_rng(0).random((1, 60, 70, 1), np.float32)
    np.testing.assert_array_equal(kept.conversion.forward(images), made.conversion.forward(images))
    assert read_class_names(copy / "labels.txt") == ["disc", "ring", "background"]


def test_the_same_training_gives_the_same_bytes(finder_folder: Path, made: Made, crops: Arrays, tmp_path: Path) -> None:
    slower = replace(made, seconds={step: 2 * taken + 1 for step, taken in made.seconds.items()})
    write_finder(tmp_path / "again", slower, facts_of(crops, CLASSES, "crops", seed=0))
    names = sorted(path.name for path in finder_folder.iterdir())
    assert names == sorted(path.name for path in (tmp_path / "again").iterdir())
    differing = [
        name for name in names if (tmp_path / "again" / name).read_bytes() != (finder_folder / name).read_bytes()
    ]
    assert differing == ["seconds.json"]


def test_no_path_of_the_machine_is_in_it(finder_folder: Path, tmp_path: Path) -> None:
    for path in finder_folder.glob("*.json"):
        assert str(finder_folder.parent) not in path.read_text()
        assert str(Path.home()) not in path.read_text() or str(Path.home()) == "/"


def test_calibration_thresholds_and_unknown_sizes_come_back(made: Made, tmp_path: Path) -> None:
    other = replace(
        made,
        thresholds=(0.25, 0.75),
        calibration=((0.1, 0.0), (0.5, 0.4), (0.9, 1.0)),
        dimensions=Dimensions(((0.5, 1.25), (1.0, 0.8))),
    )
    write_finder(tmp_path / "finder", other, {})
    kept = read_finder(tmp_path / "finder")
    assert (kept.thresholds, kept.calibration, kept.dimensions) == (
        other.thresholds, other.calibration, other.dimensions,
    )  # fmt: skip


def test_names_that_begin_with_a_number_are_read_back_from_labels(made: Made, tmp_path: Path) -> None:
    channels = replace(made.channels, classes=("1 euro", "2 euro"))
    write_finder(tmp_path / "finder", replace(made, channels=channels), {})
    assert read_class_names(tmp_path / "finder" / "labels.txt") == ["1 euro", "2 euro", "background"]
    assert read_finder(tmp_path / "finder").channels.classes == ("1 euro", "2 euro")


def drop(key: str) -> Callable[[dict[str, Any]], object]:
    return lambda content: content.pop(key)


def put(key: str, value: Any) -> Callable[[dict[str, Any]], object]:
    return lambda content: content.update({key: value})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (drop("format"), r"finder\.json: received None as its format\. Copy the whole folder again"),
        (put("format", "1"), r"finder\.json: received '1' as its format"),
        (put("format", 2), r"format 2, of a newer fullconv; this one knows 1\. Install that fullconv"),
        (drop("classes"), r"finder\.json: damaged: no 'classes'"),
        (drop("dimensions"), r"finder\.json: damaged: no 'dimensions'"),
        (put("classes", ["disc", "rung"]), r"no dimensions of every class \('rung'\)"),
        (put("dimensions", {"frames": {"disc": [1, 0], "ring": [1, 1]}}), "a dimension that is no positive number"),
        (
            put(
                "dimensions",
                {"frames": {"disc": [1, 1], "ring": [1, 1]}, "sizes": {"disc": [9, 8, 9], "ring": [1, 1, 1]}},
            ),
            "a least size above the usual one",
        ),
        (put("thresholds", {"disc": 0.5}), r"damaged: no 'ring'"),
        (put("thresholds", {"disc": 0.5, "ring": 1.5}), r"thresholds \[0\.5, 1\.5\]"),
        (put("calibration", [[0.5]]), "no pairs of numbers"),
        (put("calibration", [[0.2, 0.5], [0.4, 0.3]]), "numbers that fall"),
        (put("calibration", [[0.2, 1.5]]), "a number outside 0..1"),
        (put("locate", {"floor": 0.05}), "damaged"),
        (put("locate", {"fluor": 0.05}), "damaged: .*fluor"),
        (put("pixels", "0..2"), "received '0..2'"),
        (put("window", [7, 7]), "of a window of 7x7, and the conversion has another"),
        (put("window", 20), "damaged"),
        (put("background", None), "background None for 3 outputs"),
    ],
)
def test_what_is_wrong_in_finder_json_is_said_in_a_line(
    copy: Path, change: Callable[[dict[str, Any]], object], said: str
) -> None:
    with pytest.raises(InputError, match=said) as caught:
        read_finder(edited(copy, change))
    assert len(str(caught.value)) <= 400
    assert "finder.json" in str(caught.value)


def test_a_finder_that_tells_no_shapes_is_read_too(made: Made, copy: Path, tmp_path: Path) -> None:
    write_finder(tmp_path / "finder", replace(made, boxes=None), {})
    assert read_finder(tmp_path / "finder").boxes is None
    # As finders that were made before there were any.
    assert read_finder(edited(copy, drop("boxes"))).boxes is None


def archive(path: Path, **arrays: Any) -> None:
    np.savez(path, **{"weights": np.zeros((3, 2)), "bias": np.zeros(2), **arrays})


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (Path.unlink, "no such file"),
        (lambda path: path.write_bytes(b"no archive"), "no box regression"),
        (lambda path: np.savez(path, weights=np.zeros((3, 2))), "no box regression .*bias"),
        (lambda path: archive(path, weights=np.zeros((3, 1))), r"weights \(3, 1\)"),
        (lambda path: archive(path, weights=np.full((3, 2), np.nan)), r"weights \(3, 2\)"),
        (archive, "of a network with 3 features, and this one has"),
    ],
)
def test_a_damaged_box_regression_is_named(copy: Path, damage: Callable[[Path], object], said: str) -> None:
    path = copy / "boxes.npz"
    damage(path)
    with pytest.raises(InputError, match=rf"boxes\.npz: {said}.*Copy the whole folder again"):
        read_finder(copy)


def test_a_class_too_few_is_said(copy: Path) -> None:
    def one_class(content: dict[str, Any]) -> None:
        content["classes"] = ["disc"]

    with pytest.raises(InputError, match=r"finder\.json: 3 outputs for 1 names of classes"):
        read_finder(edited(copy, one_class))


@pytest.mark.parametrize("name", ["finder.json", "conversion.keras", "conversion.json"])
def test_a_file_that_is_missing_or_cut_is_named_with_the_mend(copy: Path, name: str) -> None:
    path = copy / name
    path.write_bytes(path.read_bytes()[:100])
    for _ in ("cut", "missing"):
        with pytest.raises(
            InputError, match=r"Copy the whole folder again, or write it anew with fullconv train"
        ) as it:
            read_finder(copy)
        assert name in it.value.where
        path.unlink(missing_ok=True)


def test_the_conversion_of_another_finder_is_refused(copy: Path, made: Made) -> None:
    edited(copy, put("sha256", "0" * 64), "conversion.json")
    with pytest.raises(InputError, match=r"conversion\.json: written for another file than .* Copy the whole folder"):
        read_finder(copy)


def test_a_folder_of_something_else_stays_as_it_is(made: Made, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(b"mine")
    with pytest.raises(InputError, match=r"^out: .*photos holds other files than a finder's\. Give out=DIR"):
        write_finder(tmp_path / "photos", made, {})
    assert [path.name for path in (tmp_path / "photos").iterdir()] == ["a.jpg"]


def test_places_that_a_finder_cannot_have(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    for out, said in (
        ("../file", "is a file"),
        (".", "is the folder that this runs in"),
        ("..", "or above it"),
        ("../file/finder", "file is no folder that can be written"),
    ):
        with pytest.raises(InputError, match=said):
            check_place(Path(out))
    check_place(Path("new"))
    Path("empty").mkdir()
    check_place(Path("empty"))
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(InputError, match=r"below is no folder that can be written\. Choose another place"):
        check_place(Path("new/finder"))


def test_an_older_finder_is_replaced_and_stays_where_writing_fails(
    copy: Path, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (copy / "finder.json").read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr("fullconv.finders.folder.write_history", _full)
        with pytest.raises(InputError, match="No space left"):
            write_finder(copy, made, {})
    assert (copy / "finder.json").read_bytes() == before
    assert [path.name for path in copy.parent.iterdir()] == [copy.name]
    (copy / "left.txt").write_text("of before")
    write_finder(copy, replace(made, thresholds=(0.3, 0.4)), {})
    assert read_finder(copy).thresholds == (0.3, 0.4)
    assert not (copy / "left.txt").exists()


def _full(*_: Any) -> None:
    raise OSError(28, os.strerror(28))


def test_what_a_training_left_goes_and_what_is_not_its_own_stays(tmp_path: Path) -> None:
    part = unfinished(tmp_path / "finder")
    assert part == tmp_path / "finder.part"
    part.mkdir()
    (part / "training.npz").write_text("")
    (part / "mine.txt").write_text("")
    forget(part)
    assert [path.name for path in part.iterdir()] == ["mine.txt"]
    (part / "mine.txt").unlink()
    forget(part)
    assert not part.exists()
    forget(part)
