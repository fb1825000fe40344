"""fullconv train out=DIR: a finder from data of one's own, in a folder that is no checkout."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fullconv.command import train
from fullconv.command.training import source_of, train_finder, variant_of
from fullconv.config.schema import ExperimentConfig
from fullconv.data.arrays import Arrays, write_arrays
from fullconv.errors import InputError
from fullconv.finders.folder import read_finder

Settings = Callable[..., ExperimentConfig]
SHORT = ("classifiers.located.background.windows=300", "classifiers.located.train.epochs=2")


@pytest.fixture
def words(crops: Arrays, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """Return what names the crops, in an empty folder."""
    file = tmp_path / "my crops.npz"
    write_arrays(file, crops)
    monkeypatch.setattr("fullconv.finders.validation._IMAGES", 3)
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    return ("data=folder", "data.form=arrays", f"data.path={file}", "data.classes=[disc,ring]", *SHORT)


def test_a_finder_and_nothing_else_is_written(
    words: tuple[str, ...], settings_with: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    train_finder(settings_with(*words), "my finder")
    assert [path.name for path in Path.cwd().iterdir()] == ["my finder"]
    assert read_finder(Path("my finder")).channels.classes == ("disc", "ring")
    told = capsys.readouterr().out
    for said in ("disc", "AP50_of/ring", "training", "certificate", "validation"):
        assert said in told
    assert "fullconv locate classifier='my finder' image=PICTURE.jpg out=found\n" in told
    assert "fullconv evaluate classifier='my finder' dataset.images=DIR" in told


def test_what_was_cut_off_goes_on(
    words: tuple[str, ...], settings_with: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    settings = settings_with(*words)
    with monkeypatch.context() as patch:
        patch.setattr("fullconv.finders.folder.write_finder", _cut_off)
        with pytest.raises(KeyboardInterrupt):
            train_finder(settings, "finder")
    assert [path.name for path in Path("finder.part").iterdir()] == ["training.npz"]
    assert not Path("finder").exists()
    with caplog.at_level("INFO"):
        train_finder(settings, "finder")
    assert "goes on after epoch 2/2" in caplog.text
    assert not Path("finder.part").exists()
    thresholds = read_finder(Path("finder")).thresholds
    assert all(0.1 <= one < 1 for one in thresholds)
    assert [line.split(",")[0] for line in Path("finder/history.csv").read_text().splitlines()] == ["epoch", "1", "2"]


def _cut_off(*_: object) -> None:
    raise KeyboardInterrupt


def test_what_cannot_be_is_said_before_anything_is_loaded(
    words: tuple[str, ...], settings_with: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def heavy() -> None:
        raise AssertionError("TensorFlow was loaded")

    monkeypatch.setattr("fullconv.command.training.load_tensorflow", heavy)
    Path("photos").mkdir()
    Path("photos/a.jpg").write_bytes(b"")
    settings = settings_with(*words)
    for out, said in (
        ("photos", r"^out: photos holds other files than a finder's"),
        ("models/finder", r"^out: models/finder belongs to the pipeline's models"),
    ):
        with pytest.raises(InputError, match=said):
            train_finder(settings, out)
    settings.data.path = "nowhere"
    with pytest.raises(InputError, match=r"^data\.path: "):
        train_finder(settings, "finder")
    assert not Path("finder.part").exists()


def test_the_recipe_is_located_unless_a_person_says_otherwise(settings_with: Settings) -> None:
    assert variant_of(settings_with("seed=3")) == "located"
    assert variant_of(settings_with("classifier=plain")) == "plain"
    assert variant_of(settings_with("classifier.name=augmented")) == "augmented"
    for given in ("resnet50", "my.keras"):
        with pytest.raises(
            InputError, match=rf"^classifier: '{given}' is a .*, but this program works on a classifier"
        ):
            variant_of(settings_with(f"classifier={given}"))


def test_a_finder_says_no_path_of_where_it_learnt(settings_with: Settings) -> None:
    assert source_of(settings_with("data=folder", "data.path=/home/me/my crops/").data) == "my crops"
    assert source_of(settings_with("data=digits").data) == "digits"


def test_a_folder_of_crops_needs_a_folder_for_the_finder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings_with: Settings
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"^out: not given, and there is no data/arrays\.npz\. Give out=DIR"):
        train.of_the_pipeline(settings_with("data=folder", "data.path=crops"))


def test_help_tells_of_both_ways() -> None:
    assert train.__doc__ is not None
    for said in (
        "out=finder",
        "data.scenes=",
        "data.background=",
        "tracking=",
        "DIR.part",
        "fullconv train classifier=",
    ):
        assert said in train.__doc__


@pytest.mark.slow
def test_the_program_as_a_person_runs_it(words: tuple[str, ...]) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "-m", "fullconv", "train", *words, "out=finder"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in Path.cwd().iterdir()) == ["finder"]
    Image.fromarray(np.zeros((60, 60), np.uint8)).save("scene.png")
    search = ("classifier=finder", "image=scene.png", "locate.threshold=0.875", "out=found")
    told = subprocess.run([*command[:3], "locate", *search], env=environment, capture_output=True, text=True)
    assert "drawn from a score of 0.875: locate.threshold\n" in told.stdout, told.stderr
    refused = subprocess.run([*command[:-1], "out=."], env=environment, capture_output=True, text=True)
    assert refused.returncode == 1
    assert refused.stderr.startswith("error: out: . is the folder that this runs in")
    assert refused.stderr.count("\n") == 1
