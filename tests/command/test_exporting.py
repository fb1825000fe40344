"""fullconv convert format=…: what it writes for each kind of thing that is named, and what it refuses."""

import subprocess
import sys
from dataclasses import replace
from inspect import unwrap
from pathlib import Path

import keras
import numpy as np
import pytest

from fullconv.command.convert import main
from fullconv.config import formats
from fullconv.config.load import compose_settings
from fullconv.convert.conversion import convolutionalize
from fullconv.errors import InputError
from fullconv.export.kinds import KINDS
from fullconv.track.registry import models
from fullconv.track.registry.models import Registered


def convert(*overrides: str) -> None:
    """Run the program in this process; an error is raised."""
    unwrap(main)(compose_settings(*overrides))


@pytest.fixture
def classifier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> keras.Model:
    made = keras.Sequential(
        [keras.Input((8, 8, 1)), keras.layers.Flatten(), keras.layers.Dense(3, activation="softmax", name="classes")]
    )
    made.set_weights([np.random.default_rng(0).normal(0, 0.5, one.shape) for one in made.get_weights()])
    made.save(tmp_path / "my.keras")
    monkeypatch.chdir(tmp_path)
    return made


def test_a_registered_model_is_written_too(
    classifier: keras.Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = compose_settings()
    found = Registered(convolutionalize(classifier), ("cat", "dog"), settings.locate)
    monkeypatch.setattr(models, "load_registered", lambda tracking, wanted: {"fullconv@champion": found}[wanted])
    convert("classifier=registry:fullconv@champion", "out=out", "convert.format=[keras,litert]")
    made = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert made == ["conversion.json", "conversion.keras", "conversion.tflite", "model-card.md"]
    card = (tmp_path / "out" / "model-card.md").read_text()
    assert "# registry:fullconv@champion, fully convolutional" in card
    assert "0. cat\n1. dog\n2. background\n" in card
    assert "A registered model: it was compared with its classifier before it was registered." in card


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["classifier=registry:fullconv@champion"], "out: not given. Give out=DIR, a folder for what registry:full"),
        (["classifier=plain", "convert.format=[keras,onnx]"], "out: not given. Give out=DIR, a folder for other form"),
        (["classifier=plain", "convert.format=[litert]"], "out: not given. Give out=DIR, a folder for other formats"),
    ],
)
def test_what_needs_a_folder_of_one_s_own(words: list[str], said: str) -> None:
    with pytest.raises(InputError) as error:
        convert(*words)
    assert str(error.value).startswith(said)


def test_a_missing_package_is_told_before_anything_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "find_spec", lambda name: None)
    with pytest.raises(
        InputError, match=r"format=onnx: tf2onnx is not installed\. Install it: pip install 'fullconv\["
    ):
        convert("classifier.path=nowhere.keras", "convert.format=[keras,onnx]")


def test_a_format_that_fails_ends_the_program_after_all_others_are_written(
    classifier: keras.Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(*_: object) -> None:
        raise RuntimeError("no such operation")

    monkeypatch.setitem(KINDS, "onnx", replace(KINDS["onnx"], write=write))
    with pytest.raises(InputError) as error:
        convert("classifier.path=my.keras", "convert.format=[onnx,keras]")
    said = "format=onnx: not written of my.keras: no such operation. Leave it out: format=keras."
    assert str(error.value) == said
    made = sorted(path.name for path in (tmp_path / "my").iterdir())
    assert made == [
        "certificate.json",
        "conversion.json",
        "conversion.keras",
        "cost.json",
        "meaning.json",
        "model-card.md",
    ]
    assert "| onnx | not written: no such operation | | |" in (tmp_path / "my" / "model-card.md").read_text()


def test_names_that_do_not_fit_are_refused_before_a_file_is_written(classifier: keras.Model, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"classifier\.classes: 3 outputs for 1 names"):
        convert("classifier.path=my.keras", "classifier.classes=[cat]", "convert.format=[keras]", "out=out")
    assert not (tmp_path / "out" / "conversion.keras").exists()


def test_keras_alone_imports_no_other_runtime(classifier: keras.Model, tmp_path: Path) -> None:
    packages = [package for several in formats.FORMATS.values() for package in several]
    code = (
        "import sys; from fullconv.command.convert import main; sys.argv[1:] = ['classifier.path=my.keras']; main(); "
        f"print('imported:', sorted(set({packages}) & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "imported: []" in done.stdout
