"""The wheel in an environment without a checkout: `fullconv` finds its knobs, its schema and its plugins there."""

import json
import os
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Installed:
    """An environment that holds the wheel; what it depends on lies where this test's own Python has it."""

    root: Path

    def run(self, name: str, *words: str, folder: Path) -> subprocess.CompletedProcess[str]:
        """Run one of its programs as a person does, who has no checkout."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "PYTEST"))}
        return subprocess.run(
            [self.root / "bin" / name, *words], cwd=folder, env={**kept, "PYTHONWARNINGS": "ignore"},
            capture_output=True, text=True,
        )  # fmt: skip


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("installed")
    quiet = {"check": True, "capture_output": True, "cwd": ROOT}
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], **quiet)
    (wheel,) = folder.glob("fullconv-*.whl")
    environment = folder / "environment"
    venv.create(environment)
    python = environment / "bin" / "python"
    install = ["install", "--no-deps", "--no-index", "--no-compile", "--disable-pip-version-check", wheel]
    subprocess.run([sys.executable, "-m", "pip", "--python", python, *install], **quiet)
    # Added as a plain folder, so that no link to a checkout in it is followed.
    (packages,) = environment.glob("lib/python*/site-packages")
    (packages / "dependencies.pth").write_text(f"{Path(np.__file__).parents[1]}\n")
    return Installed(environment)


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    folder = tmp_path / "größe (1)"
    folder.mkdir()
    return folder


def classifier() -> keras.Model:
    """Two classes of light on dark and one of nothing, over 12×12 pixels."""
    made = keras.Sequential(
        [
            keras.Input((12, 12, 1)),
            layers.Conv2D(3, 3, activation="relu", name="conv"),
            layers.MaxPooling2D(2, name="pool"),
            layers.Flatten(name="flatten"),
            layers.Dense(3, activation="softmax", name="classes"),
        ]
    )
    rng = np.random.default_rng(0)
    made.set_weights([rng.normal(0, 0.5, weight.shape) for weight in made.get_weights()])
    return made


def test_it_is_the_wheels_own(installed: Installed, empty: Path) -> None:
    code = "import fullconv.config.layout as layout; print(layout.__file__, layout.conf_folder(), sep='\\n')"
    done = installed.run("python", "-c", code, folder=empty)
    assert done.returncode == 0, done.stderr
    for line in done.stdout.splitlines():
        assert Path(line).is_relative_to(installed.root)
        assert Path(line).exists()
    assert installed.run("fullconv", "--version", folder=empty).stdout.startswith("fullconv ")
    assert installed.run("fullconv", "params", folder=empty).stderr.startswith("error: ")
    assert list(empty.iterdir()) == []


def test_convert_and_locate_in_an_empty_folder(installed: Installed, empty: Path) -> None:
    classifier().save(empty / "epoch=05 (1).keras")
    done = installed.run("fullconv", "convert", "classifier.path=epoch=05 (1).keras", "out=made, 猫", folder=empty)
    assert done.returncode == 0, done.stderr
    certificate = json.loads((empty / "made, 猫" / "certificate.json").read_text())
    assert certificate["max_difference"] <= 1e-5

    pixels = np.random.default_rng(1).integers(0, 256, (40, 50), np.uint8)
    Image.fromarray(pixels).save(empty / "#1.png")
    words = (
        "classifier=epoch=05 (1).keras",
        "classifier.classes=[Speed limit (20km/h), it's, none]",
        "locate.threshold=0.5",
    )
    done = installed.run("fullconv", "locate", *words, "image=#1.png", "out=found", folder=empty)
    assert done.returncode == 0, done.stderr
    assert isinstance(json.loads((empty / "found" / "detections.json").read_text()), list)
    assert sorted(path.name for path in empty.iterdir()) == ["#1.png", "epoch=05 (1).keras", "found", "made, 猫"]


def test_the_plugins_came_along(installed: Installed, empty: Path) -> None:
    done = installed.run("fullconv", "convert", "train.epoch=3", folder=empty)
    assert done.stderr.startswith("error: configuration: Could not override 'train.epoch'")
    done = installed.run("fullconv", "experiment", "hydra/sweeper=search", "--cfg", "hydra", folder=empty)
    assert "fullconv_search.SearchSweeper" in done.stdout, done.stderr
