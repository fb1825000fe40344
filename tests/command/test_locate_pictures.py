"""What `fullconv locate` writes and says about pictures, searched by a network of which is known what it sees."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from PIL import Image

from fullconv.command.locate import locate
from fullconv.config.layout import conf_folder
from fullconv.config.schema import ExperimentConfig
from fullconv.errors import InputError
from fullconv.evaluate.metrics.coco import evaluate_coco
from fullconv.imagenet.synsets import class_names, class_wnids
from fullconv.track import finders

ROOT = Path(__file__).resolve().parents[2]
Run = Callable[..., None]

BEST, SECOND = 151, 1  # channels: a dog, and the one that is next best


def network() -> keras.Model:
    """Reads 16×16 pixels: the redder, the likelier a Chihuahua; the class 1 is next, the others are nowhere."""
    model = keras.Sequential(
        [
            keras.Input((16, 16, 3)),
            layers.AveragePooling2D(4, name="pool"),
            layers.GlobalAveragePooling2D(name="mean"),
            layers.Dense(1000, activation="softmax", name="classes"),
        ]
    )
    kernel, bias = np.zeros((3, 1000)), np.zeros(1000)
    kernel[:, BEST] = (30.0, -15.0, -15.0)
    bias[SECOND] = 8.0
    model.set_weights([kernel, bias])
    return model


def photo(
    path: Path, height: int = 40, width: int = 60, red: tuple[int, int] = (1, 0), full: bool = False, **options: Any
) -> Path:
    """A dark photo with one red quarter, or all `full` of red."""
    pixels = np.full((height, width, 3), 20, np.uint8)
    if full:
        pixels[..., 0] = 255
    top, left = red[0] * (height // 2), red[1] * (width // 2)
    pixels[top : top + height // 2, left : left + width // 2, 0] = 255
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, **options)
    return path


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the networks that were built, in place of which a small one searches."""
    names: list[str] = []

    def build(name: str, weights: str) -> keras.Model:
        names.append(name)
        return network()

    monkeypatch.setattr(finders, "build_network", build)
    monkeypatch.chdir(tmp_path)
    return names


@pytest.fixture
def run(settings_with: Callable[..., ExperimentConfig]) -> Run:
    """Return what runs the program in this process."""

    def search(*overrides: str) -> None:
        named = any(one.startswith(("classifier", "model=", "synset=")) for one in overrides)
        words = [*([] if named else ["classifier=efficientnet_lite0"]), "locate.levels=[40,80]", *overrides]
        locate(settings_with(*words))

    return search


def files(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def read(path: str) -> Any:
    return json.loads(Path(path).read_text())


OF_A_PICTURE = ["classes.json", "fused.png", "heatmap_40x60.png", "heatmap_80x120.png", "overlay.png", "scores.npz"]


def near(box: list[float], wanted: tuple[float, ...], pixels: float = 6) -> bool:
    return bool(np.abs(np.subtract(box, wanted)).max() <= pixels)


def test_one_photo(built: list[str], run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    photo(Path("a.png"))
    run("synset=dog", "image=a.png", "out=found")
    assert built == ["efficientnet_lite0"]
    assert files(Path("found")) == sorted([*OF_A_PICTURE, "detections.json", "instances.json"])
    (found,) = read("found/detections.json")
    assert (found["image_id"], found["category_id"]) == (1, 1)
    assert near(found["bbox"], (0, 20, 30, 20))
    assert found["score"] > 0.9
    coco = read("found/instances.json")
    assert coco["images"] == [{"id": 1, "file_name": "a.png", "height": 40, "width": 60}]
    assert coco["categories"] == [{"id": 1, "name": "dog", "wnid": "n02084071"}]
    about = read("found/classes.json")
    assert about["sought"] == {"name": "dog", "wnid": "n02084071", "classes": 118}
    assert (about["read"], about["classifier"], about["channels"]) == ("regions", "efficientnet_lite0", ["dog"])
    assert {about["top"][0]["class"], about["top"][1]["class"]} == {BEST, SECOND}
    named = {one["class"]: one for one in about["top"]}[BEST]
    assert (named["name"], named["wnid"]) == (class_names()[BEST], class_wnids()[BEST])
    said = capsys.readouterr().out
    for word in (class_names()[BEST], class_wnids()[SECOND], "dog: 1 box, ", "found/overlay.png"):
        assert word in said


def test_raw_maps_are_written_with_their_places(built: list[str], run: Run) -> None:
    photo(Path("a.png"))
    run("synset=dog", "image=a.png", "out=found")
    with np.load("found/scores.npz", allow_pickle=False) as maps:
        assert set(maps) == {name + what for name in ("fused", "40x60", "80x120") for what in ("", "_first", "_step")}
        for name in ("fused", "40x60", "80x120"):
            rows, columns, channels = maps[name].shape
            assert channels == 1
            y = maps[f"{name}_first"][0] + maps[f"{name}_step"][0] * np.arange(rows)
            x = maps[f"{name}_first"][1] + maps[f"{name}_step"][1] * np.arange(columns)
            assert (maps[name][(y > 26) & (y < 38)][:, (x > 4) & (x < 26)] > 0.9).all()
            assert (maps[name][(y > 0) & (y < 12)] < 0.1).all()


def test_boxes_refer_to_the_upright_photo(built: list[str], run: Run) -> None:
    exif = Image.Exif()
    exif[274] = 6  # to be turned clockwise: the red quarter goes from lower left to upper left
    photo(Path("a.png"), exif=exif)
    run("synset=dog", "image=a.png", "out=found")
    assert read("found/instances.json")["images"][0] == {"id": 1, "file_name": "a.png", "height": 60, "width": 40}
    assert near(read("found/detections.json")[0]["bbox"], (0, 0, 20, 30))


def test_without_a_synset_each_photos_best_class_is_sought(built: list[str], run: Run) -> None:
    photo(Path("in/a.png"), full=True)
    photo(Path("in/b.png"), height=50)
    run("image=in", "out=found")
    assert built == ["efficientnet_lite0"]
    assert {(one["image_id"], one["category_id"]) for one in read("found/detections.json")} >= {(1, BEST + 1)}
    categories = read("found/instances.json")["categories"]
    assert len(categories) == 1000
    assert categories[40] == {"id": 41, "name": class_names()[40], "wnid": class_wnids()[40]}
    for name, best in (("a", BEST), ("b", SECOND)):
        wanted = {"name": class_names()[best], "wnid": class_wnids()[best], "classes": 1}
        assert read(f"found/{name}/classes.json")["sought"] == wanted


def test_a_folder_with_a_broken_photo(built: list[str], run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    photo(Path("in/a.png"))
    photo(Path("in/a.jpg"), red=(0, 1))
    Path("in/b.jpg").write_text("no image")
    Path("in/c.png").write_text("no image either")
    photo(Path("in/d.png"), red=(0, 0))
    Path("in/notes.txt").write_text("no image")
    with pytest.raises(InputError, match=r"^image: 2 of 5 could not be searched"):
        run("synset=dog", "image=in", "out=found")
    each = [*OF_A_PICTURE, "detections.json"]
    expected = [f"{name}/{file}" for name in ("a_jpg", "a_png", "d") for file in each]
    assert files(Path("found")) == sorted([*expected, "detections.json", "instances.json"])
    out, err = capsys.readouterr()
    assert [line.split(": ")[:2] for line in err.splitlines()] == [["error", "in/b.jpg"], ["error", "in/c.png"]]
    assert "a.jpg: dog: 1 box, " in out
    found = read("found/detections.json")
    assert [one["image_id"] for one in found] == [1, 2, 5]
    assert read("found/d/detections.json") == found[2:]
    images = {one["id"]: one["file_name"] for one in read("found/instances.json")["images"]}
    assert images == {1: "a.jpg", 2: "a.png", 5: "d.png"}


def test_the_results_can_be_measured_once_boxes_are_drawn(built: list[str], run: Run) -> None:
    photo(Path("in/a.png"))
    photo(Path("in/sub/a.png"), red=(0, 1))
    run("synset=dog", "image='in/**/*.png'", "out=found")
    coco = read("found/instances.json")
    assert [one["file_name"] for one in coco["images"]] == ["a.png", "sub/a.png"]
    for image_id, box in ((1, [0, 20, 30, 20]), (2, [30, 0, 30, 20])):
        coco["annotations"].append({"id": image_id, "image_id": image_id, "category_id": 1, "bbox": box})
    Path("found/instances.json").write_text(json.dumps(coco))
    metrics = evaluate_coco(read("found/detections.json"), "found/instances.json")
    assert metrics["AP50"] == pytest.approx(1.0)


def test_the_same_call_leaves_the_same_bytes_and_no_heatmap_of_another_size(built: list[str], run: Run) -> None:
    photo(Path("a.png"))
    contents = []
    for _ in range(2):
        run("synset=dog", "image=a.png", "out=found")
        contents.append({name: Path("found", name).read_bytes() for name in files(Path("found"))})
        Path("found/heatmap_1x2.png").write_text("of an earlier run")
        Path("found/heatmap_of_mine.png").write_text("a person's own")
    run("synset=dog", "image=a.png", "out=found")
    assert contents[0].items() <= contents[1].items()
    assert files(Path("found")) == sorted([*OF_A_PICTURE, "detections.json", "instances.json", "heatmap_of_mine.png"])


@pytest.mark.parametrize(
    ("overrides", "where"),
    [
        (["synset=dog", "image=a.png"], "out"),
        (["classifier=nobody", "image=a.png", "out=found"], "classifier"),
        (["classifier=nobody.keras", "image=a.png", "out=found"], "nobody.keras"),
        (["synset=dog", "out=found"], "image"),
        (["synset=dog", "image=nowhere.png", "out=found"], "image"),
        (["synset=dragon", "image=a.png", "out=found"], "synset"),
        (["synset=dog", "image=a.png", "out=models/mine"], "out"),
        (["synset=dog", "image=a.png", "out=a.png"], "a.png"),
        (["synset=dog", "image=text.png", "out=found"], "text.png"),
    ],
)
def test_a_refusal_names_its_cause_and_leaves_no_file(
    built: list[str], run: Run, overrides: list[str], where: str
) -> None:
    photo(Path("a.png"))
    Path("text.png").write_text("no image")
    with pytest.raises(InputError) as caught:
        run(*overrides)
    assert caught.value.where == where
    assert files(Path()) == ["a.png", "text.png"]


@pytest.mark.parametrize(
    ("overrides", "name"),
    [
        (["synset=dog"], "efficientnet_lite0"),
        (["model=swish", "synset=dog"], "efficientnet_lite0"),
        (["classifier=resnet50"], "resnet50"),
        (["model=resnet50"], "resnet50"),
    ],
)
def test_what_is_searched_with(built: list[str], run: Run, overrides: list[str], name: str) -> None:
    photo(Path("a.png"))
    run("image=a.png", "out=found", *overrides)
    assert built == [name]


def test_a_refusal_comes_before_the_network(built: list[str], run: Run) -> None:
    photo(Path("a.png"))
    for overrides in (["synset=dragon", "out=found"], ["synset=dog", "out=a.png"]):
        with pytest.raises(InputError):
            run("image=a.png", *overrides)
    assert built == []


def test_memory_does_not_hold_earlier_photos(built: list[str], run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a photo is read, the ones before it are gone."""
    import gc
    import weakref

    from fullconv.locate import picture

    alive: list[weakref.ref[Any]] = []
    counts: list[int] = []
    load: Callable[..., Any] = picture.load_photo

    def watched(path: Path, *how: Any) -> Any:
        gc.collect()
        counts.append(sum(one() is not None for one in alive))
        pixels = load(path, *how)
        alive.append(weakref.ref(pixels))
        return pixels

    monkeypatch.setattr(picture, "load_photo", watched)
    for name in "abcd":
        photo(Path(f"in/{name}.png"))
    run("synset=dog", "image=in", "out=found")
    assert counts == [0, 0, 0, 0]


def test_the_knobs_of_a_checkout_are_its_own() -> None:
    assert conf_folder() == ROOT / "conf"


def test_help_says_what_it_needs() -> None:
    said = _program("pipelines/locate.py", "--help")
    for word in ("synset=", "image=", "out=", "classifier=", "fullconv locate", "efficientnet_lite0"):
        assert word in said


def test_help_of_another_program_is_its_own() -> None:
    assert "COCO-format dataset of your own" in _program("pipelines/evaluate.py", "--help")


def _program(*command_line: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    return subprocess.run(
        [sys.executable, *command_line], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    ).stdout
