"""The program from a folder of crops to boxes, each command run as the one before it says."""

import inspect
import json
import shlex
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fullconv.command.main import COMMANDS
from fullconv.config.schema import ExperimentConfig
from fullconv.errors import InputError
from fullconv.finders.folder import read_finder
from fullconv.train.checkpoint import Checkpoint

at = "classifiers.located"
SHORT = (
    f"{at}.background.windows=200", f"{at}.background.test=40", f"{at}.train.epochs=2", f"{at}.convert.images=4",
    f"{at}.model.architecture=valid", f"{at}.model.channels=[4,8]", f"{at}.model.units=8",
)  # fmt: skip
CROPS = ("data=folder", "data.path=my crops [2]", *SHORT)
OUT = "my finder [1]"
OF_A_FINDER = {
    "classifier.keras", "conversion.keras", "conversion.json", "certificate.json", "history.csv", "train.json",
    "validation.json", "seconds.json", "labels.txt", "finder.json", "windows.png", "contact_sheet.png", "counts.png",
    "counts.csv", "counts.json", "advice.txt", "report.html", "boxes.npz",
}  # fmt: skip
Run = Callable[..., str]


@pytest.fixture
def run(
    settings_with: Callable[..., ExperimentConfig], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Return what runs a command line here, without Hydra's folders and logging; it returns what is told."""
    monkeypatch.setattr("fullconv.finders.validation._IMAGES", 2)

    def command(program: str, name: str, *words: str) -> str:
        assert program == "fullconv"
        capsys.readouterr()
        task = inspect.unwrap(import_module(f"fullconv.command.{COMMANDS[name][0]}").main)
        task(settings_with(*words))
        return capsys.readouterr().out

    return command


@pytest.fixture
def refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Return what runs a training that is refused before TensorFlow is loaded, and returns the line that says why."""

    def heavy() -> None:
        raise AssertionError("TensorFlow was loaded")

    def command(*words: str) -> str:
        with monkeypatch.context() as patch:
            patch.setattr("fullconv.command.training.load_tensorflow", heavy)
            patch.setattr("fullconv.command.train.load_tensorflow", heavy)
            with pytest.raises(InputError) as caught:
                run("fullconv", "train", *words)
        said = str(caught.value)
        assert len(said) <= 400
        return said

    return command


def drawn(square: bool, rng: np.random.Generator, side: int, ground: Any, top: int = 0, left: int = 0) -> None:
    """Draw a disc or a square of `side` pixels on a ground in place."""
    y, x = np.abs(np.mgrid[:side, :side] - (side - 1) / 2)
    shape = np.maximum(y, x) < side / 3 if square else np.hypot(y, x) < side / 2.4
    ground[top : top + side, left : left + side][shape] = (220, 40, 40) if square else (40, 60, 220)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with class folders of crops, pictures without labels, and one with."""
    rng = np.random.default_rng(0)
    for label, name in enumerate(("disc", "square [b]")):
        for number in range(12):
            crop = rng.integers(80, 140, (24, 24, 3)).astype(np.uint8)
            drawn(label == 1, rng, 24, crop)
            path = tmp_path / "my crops [2]" / name / f"{number}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(crop).save(path)
    for number in range(2):
        scene = rng.integers(80, 140, (120, 150, 3)).astype(np.uint8)
        for place in range(4):
            drawn(place % 2 == 1, rng, 24, scene, 20 + 40 * number, 5 + 35 * place)
        path = tmp_path / "my pictures" / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(scene).save(path)
    coco = {
        "images": [{"id": 1, "file_name": "0.png", "height": 120, "width": 150}],
        "annotations": [
            {"id": place + 1, "image_id": 1, "category_id": place % 2 + 1, "bbox": [5 + 35 * place, 20, 24, 24]}
            for place in range(4)
        ],
        "categories": [{"id": 1, "name": "disc"}, {"id": 2, "name": "square [b]"}],
    }
    (tmp_path / "boxes.json").write_text(json.dumps(coco))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def commands_in(told: str) -> list[str]:
    return [line for line in told.splitlines() if line.startswith("fullconv ")]


def test_crops_in_boxes_out_by_the_commands_that_are_printed(here: Path, run: Run) -> None:
    before = set(here.iterdir())
    told = run("fullconv", "train", *CROPS, "data.scenes=my pictures", f"out={OUT}")
    assert {path.name for path in set(here.iterdir()) - before} == {OUT}
    assert {path.name for path in Path(OUT).iterdir()} == OF_A_FINDER
    assert read_finder(Path(OUT)).channels.classes == ("disc", "square [b]")
    locate, evaluate = commands_in(told)
    run(*shlex.split(locate.replace("PICTURE.jpg", "'my pictures/0.png'")))
    found = json.loads(Path("found/classes.json").read_text())
    assert set(found["counts"]) == {"disc", "square [b]"}
    assert Path("found/overlay.png").is_file()
    run(*shlex.split(evaluate.replace("=DIR", "='my pictures'").replace("FILE.json", "boxes.json")))
    assert 0 <= json.loads(Path("report/metrics.json").read_text())["AP50"] <= 1


def test_places_that_crops_were_cut_out_of_are_on_record(here: Path, run: Run) -> None:
    annotated = json.loads(Path("boxes.json").read_text())
    annotated["images"].append({**annotated["images"][0], "id": 2, "file_name": "1.png"})
    annotated["annotations"] += [
        {**one, "id": one["id"] + 4, "image_id": 2, "bbox": [one["bbox"][0], 60, 24, 24]}
        for one in annotated["annotations"]
    ]
    Path("both.json").write_text(json.dumps(annotated))
    run("fullconv", "train", "data=coco", "data.path=my pictures", "data.annotations=both.json", *SHORT, f"out={OUT}")
    header, *rows = (Path(OUT) / "places.csv").read_text().splitlines()
    assert header == "image,id,class,x,y,w,h,split"
    assert len(rows) == 8
    assert sorted({row.rpartition(",")[2] for row in rows}) == ["test", "train"]
    assert any(row.startswith("0.png,1,disc,5,20,24,24,") for row in rows)


def test_what_was_cut_off_ends_as_if_nothing_had_come_between(here: Path, run: Run) -> None:
    run("fullconv", "train", *CROPS, f"out={OUT}")
    keep = Checkpoint.write

    def cut_off(self: Checkpoint, state: Any) -> None:
        keep(self, state)
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Checkpoint, "write", cut_off)
        with pytest.raises(KeyboardInterrupt):
            run("fullconv", "train", *CROPS, "out=again")
    assert Path("again.part/training.npz").is_file()
    assert not Path("again").exists()
    run("fullconv", "train", *CROPS, "out=again")
    assert not Path("again.part").exists()
    differing = {name for name in OF_A_FINDER if Path(OUT, name).read_bytes() != Path("again", name).read_bytes()}
    assert differing <= {"seconds.json", "report.html"}


def test_what_cannot_be_is_one_line_before_any_work(here: Path, refused: Callable[..., str]) -> None:
    Path("file").write_text("")
    Path("photos").mkdir()
    Path("photos/a.txt").write_text("mine")
    before = sorted(path.name for path in here.rglob("*"))
    assert "out: file is a file. Give out=DIR" in refused(*CROPS, "out=file")
    assert "out: photos holds other files than a finder's" in refused(*CROPS, "out=photos")
    assert "models/own belongs to the pipeline's models" in refused(*CROPS, "out=models/own")
    assert "outt" in refused(*CROPS, "outt=finder")
    assert "scene" in refused(*CROPS, "data.scene=my pictures", "out=finder")
    assert "data.path: " in refused("data=folder", *SHORT, "out=finder")
    assert "data.path: " in refused("data=folder", "data.path=nowhere", *SHORT, "out=finder")
    assert "data.scenes: " in refused(*CROPS, "data.scenes=nowhere", "out=finder")
    assert "nobody" in refused(*CROPS, "classifier=nobody", "out=finder")
    assert sorted(path.name for path in here.rglob("*")) == before


def test_sprites_make_a_finder_too(here: Path, run: Run) -> None:
    told = run("fullconv", "train", "data=digits", *SHORT, "out=digits")
    kept = read_finder(Path("digits"))
    assert kept.channels.classes == tuple("0123456789")
    assert (kept.config.read, kept.thresholds, kept.dimensions.sizes) == ("peaks", (0.5,) * 10, ())
    run(*shlex.split(commands_in(told)[0].replace("PICTURE.jpg", "'my pictures/1.png'")))
    assert set(json.loads(Path("found/classes.json").read_text())["counts"]) == set("0123456789")


def test_a_plain_classifier_of_crops_reads_regions(here: Path, run: Run) -> None:
    plain = "classifiers.plain"
    told = run(
        "fullconv", "train", "data=folder", "data.path=my crops [2]", "classifier=plain", f"{plain}.train.epochs=1",
        f"{plain}.convert.images=4", "out=plain",
    )  # fmt: skip
    kept = read_finder(Path("plain"))
    assert (kept.config.read, kept.channels.has_background) == ("regions", False)
    # Its folder is called as a variant of the pipeline is, and is meant all the same.
    assert commands_in(told)[0].startswith("fullconv locate classifier=./plain ")
    run(*shlex.split(commands_in(told)[0].replace("PICTURE.jpg", "'my pictures/0.png'")))
    assert json.loads(Path("found/classes.json").read_text())["read"] == "regions"


def test_a_training_that_is_tracked_is_promoted_as_it_says(here: Path, run: Run) -> None:
    told = run("fullconv", "train", *CROPS, "tracking=sqlite", "tracking.uri=sqlite:///runs.db", "out=tracked")
    promote = commands_in(told)[-1]
    assert "registry.metric=validation/AP50" in promote
    words = shlex.split(promote.replace("registry.name=NAME", "registry.name=shapes"))
    run(*words, "tracking=sqlite", "tracking.uri=sqlite:///runs.db")
    searched = ("classifier=registry:shapes@champion", "image=my pictures/0.png", "out=found")
    run("fullconv", "locate", *searched, "tracking.uri=sqlite:///runs.db")
    assert set(json.loads(Path("found/classes.json").read_text())["counts"]) == {"disc", "square [b]"}
