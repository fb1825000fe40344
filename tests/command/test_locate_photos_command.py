"""What fullconv-locate writes and says about photos, with a locator that knows where it looks."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fullconv.command import photos as command
from fullconv.command.locate import locate
from fullconv.config.layout import conf_folder
from fullconv.config.load import compose_settings
from fullconv.errors import InputError
from fullconv.evaluate.metrics.coco import evaluate_coco
from fullconv.imagenet.synsets import class_names, class_wnids
from fullconv.locate.detections import Found

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Map:
    """A LevelHeat."""

    size: tuple[int, int]
    heat: np.ndarray
    first: tuple[float, float]
    step: tuple[float, float]


@dataclass(frozen=True)
class Heat:
    """A PhotoHeat."""

    size: tuple[int, int]
    levels: list[Map]
    fused: Map
    found: list[Found]
    top: list[tuple[int, float]]


class Reddest:
    """Finds the reddest quarter of a photo; the best class of a photo is how tall it is."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, ...]] = []

    def __call__(self, photo: np.ndarray, classes: Sequence[int]) -> Heat:
        self.asked.append(tuple(classes))
        height, width = photo.shape[:2]
        if height < 10:
            raise InputError("heatmap.sizes", f"{height}x{width} pixels are too few", "Give a larger photo.")
        quarters = photo[: height // 2 * 2, : width // 2 * 2, 0].reshape(2, height // 2, 2, width // 2).mean((1, 3))
        place, step = (height / 4, width / 4), (height / 2, width / 2)
        levels = [Map((side, 2 * side), quarters * share, place, step) for side, share in ((20, 1.0), (40, 0.5))]
        row, column = np.unravel_index(quarters.argmax(), (2, 2))
        box = (float(column * step[1]), float(row * step[0]), step[1], step[0])
        return Heat(
            (height, width), levels, levels[0], [Found(0, 0.75, box), Found(0, 0.9, box)], [(height, 0.5), (1, 0.25)]
        )


def photo(path: Path, height: int = 40, width: int = 60, red: tuple[int, int] = (1, 0), **options: Any) -> Path:
    """A dark photo with one red quarter."""
    pixels = np.full((height, width, 3), 20, np.uint8)
    top, left = red[0] * (height // 2), red[1] * (width // 2)
    pixels[top : top + height // 2, left : left + width // 2, 0] = 255
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **options)
    return path


@pytest.fixture
def locator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reddest:
    made = Reddest()
    monkeypatch.setattr(command, "_tools", lambda *_: (made, len))
    monkeypatch.chdir(tmp_path)
    return made


def run(*overrides: str) -> None:
    model = [] if any(one.startswith("model=") for one in overrides) else ["model=efficientnet_lite0"]
    locate(compose_settings(*model, *overrides))


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def read(path: str) -> Any:
    return json.loads(Path(path).read_text())


OF_A_PHOTO = ["classes.json", "fused.png", "heatmap_20x40.png", "heatmap_40x80.png", "overlay.png", "scores.npz"]


def test_one_photo(locator: Reddest, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    photo(Path("a.png"))
    run("synset=dog", "image=a.png", "out=found")
    assert files(Path("found")) == sorted([*OF_A_PHOTO, "detections.json", "instances.json"])
    assert locator.asked == [tuple(range(151, 269))]
    assert read("found/detections.json") == [
        {"image_id": 1, "category_id": 1, "bbox": [0, 20, 30, 20], "score": score} for score in (0.9, 0.75)
    ]
    coco = read("found/instances.json")
    assert coco["images"] == [{"id": 1, "file_name": "a.png", "height": 40, "width": 60}]
    assert coco["categories"] == [{"id": 1, "name": "dog", "wnid": "n02084071"}]
    about = read("found/classes.json")
    assert about["sought"] == {"name": "dog", "wnid": "n02084071", "classes": 118}
    first, second = about["top"]
    assert first == {"class": 40, "name": class_names()[40], "wnid": class_wnids()[40], "probability": 0.5}
    assert second["class"] == 1
    said = capsys.readouterr().out
    for word in (class_names()[40], class_wnids()[1], "0.500", "dog: 2 boxes, 0.90, 0.75", "found/overlay.png"):
        assert word in said


def test_raw_maps_are_written_with_their_places(locator: Reddest) -> None:
    photo(Path("a.png"))
    run("synset=dog", "image=a.png", "out=found")
    with np.load("found/scores.npz", allow_pickle=False) as maps:
        assert set(maps) == {name + what for name in ("fused", "20x40", "40x80") for what in ("", "_first", "_step")}
        np.testing.assert_allclose(maps["fused"], [[20 / 255, 20 / 255], [1, 20 / 255]], atol=1e-6)
        np.testing.assert_allclose(maps["40x80"], maps["fused"] / 2)
        np.testing.assert_array_equal(maps["fused_first"], [10, 15])
        np.testing.assert_array_equal(maps["40x80_step"], [20, 30])


def test_boxes_refer_to_the_upright_photo(locator: Reddest) -> None:
    exif = Image.Exif()
    exif[274] = 6  # to be turned clockwise: the red quarter goes from lower left to upper left
    photo(Path("a.png"), exif=exif)
    run("synset=dog", "image=a.png", "out=found")
    assert read("found/instances.json")["images"][0] == {"id": 1, "file_name": "a.png", "height": 60, "width": 40}
    assert read("found/detections.json")[0]["bbox"] == [0, 0, 20, 30]


def test_without_a_synset_each_photos_best_class_is_sought(locator: Reddest) -> None:
    photo(Path("in/a.png"))
    photo(Path("in/b.png"), height=50)
    run("image=in", "out=found")
    assert locator.asked == [(40,), (50,)]
    assert [one["category_id"] for one in read("found/detections.json")] == [41, 41, 51, 51]
    categories = read("found/instances.json")["categories"]
    assert len(categories) == 1000
    assert categories[40] == {"id": 41, "name": class_names()[40], "wnid": class_wnids()[40]}
    assert read("found/b/classes.json")["sought"] == {
        "name": class_names()[50],
        "wnid": class_wnids()[50],
        "classes": 1,
    }


def test_a_folder_with_a_broken_photo(locator: Reddest, capsys: pytest.CaptureFixture[str]) -> None:
    photo(Path("in/a.png"))
    photo(Path("in/a.jpg"), red=(0, 1))
    Path("in/b.jpg").write_text("no image")
    photo(Path("in/c.png"), height=6)
    photo(Path("in/d.png"), red=(0, 0))
    Path("in/notes.txt").write_text("no image")
    with pytest.raises(InputError, match=r"^image: 2 of 5 could not be searched"):
        run("synset=dog", "image=in", "out=found")
    each = [*OF_A_PHOTO, "detections.json"]
    expected = [f"{name}/{file}" for name in ("a_jpg", "a_png", "d") for file in each]
    assert files(Path("found")) == sorted([*expected, "detections.json", "instances.json"])
    out, err = capsys.readouterr()
    assert [line.split(": ")[:2] for line in err.splitlines()] == [["error", "in/b.jpg"], ["error", "in/c.png"]]
    assert "a.jpg: dog: 2 boxes, 0.90, 0.75" in out
    found = read("found/detections.json")
    assert [one["image_id"] for one in found] == [1, 1, 2, 2, 5, 5]
    assert read("found/d/detections.json") == found[4:]
    images = {one["id"]: one["file_name"] for one in read("found/instances.json")["images"]}
    assert images == {1: "a.jpg", 2: "a.png", 5: "d.png"}


def test_the_results_can_be_measured_once_boxes_are_drawn(locator: Reddest) -> None:
    photo(Path("in/a.png"))
    photo(Path("in/sub/a.png"), red=(0, 1))
    run("synset=dog", "image='in/**/*.png'", "out=found")
    coco = read("found/instances.json")
    assert [one["file_name"] for one in coco["images"]] == ["a.png", "sub/a.png"]
    for image_id, box in ((1, [0, 20, 30, 20]), (2, [30, 0, 30, 20])):
        coco["annotations"].append({"id": image_id, "image_id": image_id, "category_id": 1, "bbox": box})
    Path("found/instances.json").write_text(json.dumps(coco))
    metrics = evaluate_coco(read("found/detections.json"), "found/instances.json")
    assert metrics["AP"] == pytest.approx(1.0)


def test_the_same_call_leaves_the_same_bytes_and_no_heatmap_of_another_size(locator: Reddest) -> None:
    photo(Path("a.png"))
    contents = []
    for _ in range(2):
        run("synset=dog", "image=a.png", "out=found")
        contents.append({name: Path("found", name).read_bytes() for name in files(Path("found"))})
        Path("found/heatmap_1x2.png").write_text("of an earlier run")
        Path("found/heatmap_of_mine.png").write_text("a person's own")
    run("synset=dog", "image=a.png", "out=found")
    assert contents[0].items() <= contents[1].items()
    assert files(Path("found")) == sorted([*OF_A_PHOTO, "detections.json", "instances.json", "heatmap_of_mine.png"])


@pytest.mark.parametrize(
    ("overrides", "where"),
    [
        (["synset=dog", "image=a.png"], "out"),
        (["synset=dog", "out=found"], "image"),
        (["synset=dog", "image=nowhere.png", "out=found"], "image"),
        (["synset=dragon", "image=a.png", "out=found"], "synset"),
        (["synset=dog", "image=a.png", "out=models/mine"], "out"),
        (["synset=dog", "image=a.png", "out=a.png"], "a.png"),
        (["synset=dog", "image=text.png", "out=found"], "text.png"),
    ],
)
def test_a_refusal_names_its_cause_and_leaves_no_file(locator: Reddest, overrides: list[str], where: str) -> None:
    photo(Path("a.png"))
    Path("text.png").write_text("no image")
    with pytest.raises(InputError) as caught:
        run(*overrides)
    assert caught.value.where == where
    assert files(Path()) == ["a.png", "text.png"]


def test_a_synset_alone_means_the_network_that_is_built_in(locator: Reddest, monkeypatch: pytest.MonkeyPatch) -> None:
    names: list[str] = []
    monkeypatch.setattr(command, "_tools", lambda name, _: names.append(name) or (locator, len))
    photo(Path("a.png"))
    for overrides in (["model=swish", "synset=dog"], ["model=resnet50"]):
        run("image=a.png", "out=found", *overrides)
    assert names == ["efficientnet_lite0", "resnet50"]


@pytest.mark.parametrize("override", ["model=resnet50", "synset=dog"])
def test_a_file_of_ones_own_is_no_network(locator: Reddest, override: str) -> None:
    photo(Path("a.png"))
    with pytest.raises(InputError, match=rf"^classifier\.path: .* with {override.split('=')[0]}"):
        model = [] if override.startswith("model=") else ["model=swish"]
        run(*model, "image=a.png", "out=found", "classifier.path=my.keras", override)


def test_a_refusal_comes_before_the_network(locator: Reddest, monkeypatch: pytest.MonkeyPatch) -> None:
    def build(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(command, "_tools", build)
    photo(Path("a.png"))
    for overrides in (["synset=dragon", "out=found"], ["synset=dog", "out=a.png"]):
        with pytest.raises(InputError):
            run("image=a.png", *overrides)


def test_memory_does_not_hold_earlier_photos(locator: Reddest, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a photo is read, the ones before it are gone."""
    import gc
    import weakref

    from fullconv.data.pictures import photo_files

    alive: list[weakref.ref[Any]] = []
    counts: list[int] = []
    load: Callable[[Path], Any] = photo_files.load_photo

    def watched(path: Path) -> Any:
        gc.collect()
        counts.append(sum(one() is not None for one in alive))
        pixels = load(path)
        alive.append(weakref.ref(pixels))
        return pixels

    monkeypatch.setattr(photo_files, "load_photo", watched)
    for name in "abcd":
        photo(Path(f"in/{name}.png"))
    run("synset=dog", "image=in", "out=found")
    assert counts == [0, 0, 0, 0]


def test_the_knobs_of_a_checkout_are_its_own() -> None:
    assert conf_folder() == ROOT / "conf"


def test_help_says_what_it_needs() -> None:
    said = _program("pipelines/locate.py", "--help")
    for word in ("synset=", "image=", "out=", "model=", "fullconv locate", "efficientnet_lite0"):
        assert word in said


def test_help_of_another_program_is_its_own() -> None:
    assert "COCO-format dataset of your own" in _program("pipelines/evaluate.py", "--help")


def _program(*command_line: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    return subprocess.run(
        [sys.executable, *command_line], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    ).stdout
