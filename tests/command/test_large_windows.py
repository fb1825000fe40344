"""A classifier of a large window and a person's own pictures, by the real program: memory, levels, the threshold."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers
from PIL import Image

from fullconv.command.locate import locate
from fullconv.config.schema import ExperimentConfig
from fullconv.errors import InputError

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.numeric

# Of the child, TensorFlow with it.
MOST = 1.5 * 2**30


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three classes, a window of 224 pixels, as wide as a MobileNet is at its widest."""
    path = tmp_path_factory.mktemp("large") / "three.keras"
    keras.utils.set_random_seed(0)
    keras.Sequential(
        [
            keras.Input((224, 224, 3)),
            layers.Conv2D(32, 3, strides=2, padding="same", activation="relu"),
            layers.Conv2D(96, 1, activation="relu"),
            layers.DepthwiseConv2D(3, strides=2, padding="same"),
            layers.Conv2D(64, 3, strides=8, padding="same", activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(3, activation="softmax"),
        ]
    ).save(path)
    return path


@pytest.fixture
def words(classifier: Path, tmp_path: Path) -> Callable[..., list[str]]:
    """Return what gives the words of a search of a photo of (width, height) pixels, in a folder of its own."""

    def made(size: tuple[int, int], *more: str) -> list[str]:
        y, x = np.mgrid[: size[1], : size[0]]
        pixels = np.stack([x * 255 / size[0], y * 255 / size[1], 128 + 100 * np.sin(x / 9)], axis=-1).astype(np.uint8)
        Image.fromarray(pixels).save(tmp_path / "photo.jpg")
        asked = [f"classifier={classifier}", "classifier.classes=[a,b,c]", f"image={tmp_path / 'photo.jpg'}"]
        return [*asked, f"out={tmp_path / 'out'}", *more]

    return made


@pytest.mark.parametrize("read", ["auto", "peaks"])
def test_a_photo_is_searched_in_reasonable_memory(words: Callable[..., list[str]], tmp_path: Path, read: str) -> None:
    told = [sys.executable, str(ROOT / "pipelines" / "locate.py"), *words((640, 480), f"locate.read={read}")]
    # Of this child alone, and started by a small process: a child has at least what its parent had when it began.
    measured = "import os, subprocess, sys; _, status, used = os.wait4(subprocess.Popen(sys.argv[1:]).pid, 0); "
    measured += "print(used.ru_maxrss); sys.exit(os.waitstatus_to_exitcode(status))"
    done = subprocess.run([sys.executable, "-c", measured, *told], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[-1]) * 1024 < MOST
    classes = json.loads((tmp_path / "out" / "classes.json").read_text())
    assert classes["panels"] == [1, 1]
    # Why a box is drawn is said where it is drawn.
    assert f"drawn from a score of {classes['threshold']:.3g}: {classes['threshold_reason']}" in done.stdout
    sides = [int(path.stem.split("_")[1].split("x")[0]) for path in (tmp_path / "out").glob("heatmap_*.png")]
    assert sides
    assert max(sides) <= 2 * 480 + 1


def test_a_picture_smaller_than_the_window_is_read_whole(
    words: Callable[..., list[str]], tmp_path: Path, settings_with: Callable[..., ExperimentConfig]
) -> None:
    locate(settings_with(*words((12, 12))))
    assert [path.name for path in (tmp_path / "out").glob("heatmap_*.png")] == ["heatmap_200x200.png"]


def test_a_budget_that_no_level_keeps_is_an_error_whose_mend_works(
    words: Callable[..., list[str]], tmp_path: Path, settings_with: Callable[..., ExperimentConfig]
) -> None:
    with pytest.raises(InputError) as caught:
        locate(settings_with(*words((640, 480), "locate.memory=1000")))
    assert caught.value.where == "locate.memory"
    assert len(str(caught.value)) <= 400
    least = str(caught.value).split("locate.memory=")[1].split()[0]
    locate(settings_with(*words((640, 480), f"locate.memory={least}")))
    assert (tmp_path / "out" / "overlay.png").exists()
