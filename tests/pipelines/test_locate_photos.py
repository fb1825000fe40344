"""pipelines/locate.py as a person runs it: a real network on a real photo, and a classifier of one's own."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from PIL import Image

from fullconv.command.locate import locate
from fullconv.config.load import compose_settings
from fullconv.errors import InputError

ROOT = Path(__file__).resolve().parents[2]


def run(folder: Path, *overrides: str) -> subprocess.CompletedProcess[str]:
    """Run the program in a folder of a person's own."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "COLUMNS": "120"}
    return subprocess.run(
        [sys.executable, "-W", "ignore", str(ROOT / "pipelines" / "locate.py"), *overrides],
        cwd=folder, env=environment, capture_output=True, text=True,
    )  # fmt: skip


def read(path: Path) -> Any:
    return json.loads(path.read_text())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the cat that comes with scikit-image, named as a browser names a second download."""
    import skimage

    shutil.copy(Path(skimage.__file__).parent / "data" / "chelsea.png", tmp_path / "cat (1).png")
    return tmp_path


def test_a_cat_is_found_by_a_real_network(folder: Path) -> None:
    done = run(folder, "synset=domestic cat", "image=cat (1).png", "out=found", "locate.levels=[200,400]")
    assert done.returncode == 0, done.stderr
    assert done.stderr == "loading TensorFlow …\n"
    top = read(folder / "found" / "classes.json")["top"]
    assert any("cat" in one["name"].lower() or "mau" in one["name"].lower() for one in top)
    assert top[0]["name"] in done.stdout
    best = max(read(folder / "found" / "detections.json"), key=lambda one: one["score"])
    x, y, width, height = best["bbox"]
    assert best["score"] > 0.5
    assert 0 <= x < x + width <= 451
    assert 0 <= y < y + height <= 300
    figures = sorted(path.name for path in (folder / "found").glob("*.png"))
    assert figures == ["fused.png", "heatmap_200x301.png", "heatmap_400x601.png", "overlay.png"]


def test_a_refusal_is_one_line(folder: Path) -> None:
    done = run(folder, "synset=dragon", "image=cat (1).png", "out=found")
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: synset: ")
    assert not list(folder.rglob("*.json"))


def test_weights_that_are_not_there_are_refused_and_nothing_is_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    with pytest.raises(InputError, match=r"^nowhere\.h5: no such file"):
        locate(compose_settings("synset=dog", "weights=nowhere.h5", "image='cat (1).png'", "out=found"))
    assert not list(folder.rglob("*.json"))


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A classifier of one's own and images for it: a lit window is class 1."""
    network = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(1, 3, activation="relu", kernel_initializer="ones", name="sum"),
            layers.GlobalAveragePooling2D(name="mean"),
            layers.Dense(2, activation="softmax", name="classes"),
        ]
    )
    network.set_weights([np.ones((3, 3, 1, 1)), np.zeros(1), np.array([[-2.0, 2.0]]), np.array([4.0, -4.0])])
    network.save(tmp_path / "my.keras")
    (tmp_path / "in").mkdir()
    for number in range(2):
        pixels = np.zeros((24, 32), np.uint8)
        pixels[4:14, 4 + 10 * number : 14 + 10 * number] = 255
        Image.fromarray(pixels).save(tmp_path / "in" / f"{number}.png")
    return tmp_path


OWN = ["classifier=my.keras", "locate=fixed", "locate.threshold=0.5", "classifier.classes=[dark,lit]"]
WRITTEN = ["classes.json", "detections.json", "fused.png", "instances.json", "overlay.png", "scores.npz"]


def test_a_classifier_of_ones_own_searches_one_image_or_several(
    own: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(own)
    locate(compose_settings(*OWN, "image=in/0.png", "out=alone"))
    names = sorted(path.name for path in (own / "alone").iterdir())
    assert [name for name in names if not name.startswith("heatmap_")] == WRITTEN
    # Levels follow the window: 200, 400 and 800 pixels for one of 224.
    assert [name for name in names if name.startswith("heatmap_")] == [
        f"heatmap_{size}.png" for size in ("14x19", "29x39", "7x9")
    ]
    (own / "in" / "broken.png").write_text("no image")
    with pytest.raises(InputError, match=r"^image: 1 of 3 could not be searched"):
        locate(compose_settings(*OWN, "image=in", "out=several"))
    assert "in/broken.png: cannot be read" in capsys.readouterr().err
    assert read(own / "several" / "0" / "detections.json") == read(own / "alone" / "detections.json")
    best = read(own / "alone" / "detections.json")[0]
    assert (best["category_id"], best["bbox"]) == (2, [4, 4, 10, 10])
    assert read(own / "several" / "1" / "detections.json") != read(own / "alone" / "detections.json")
