"""pipelines/locate.py as a person runs it: real networks on real photos, and classifiers as before."""

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

ROOT = Path(__file__).resolve().parents[2]


def locate(folder: Path, *overrides: str) -> subprocess.CompletedProcess[str]:
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
    done = locate(folder, "synset=domestic cat", "image=cat (1).png", "out=found", "locate.levels=[200,400]")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
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


def test_one_broken_photo_among_several_ends_with_exit_code_1(folder: Path) -> None:
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff no more")
    done = locate(
        folder, "classifier=efficientnet_lite0", "weights=none", "image=.", "out=found", "locate.levels=[224]"
    )
    assert done.returncode == 1
    assert [line.split(":")[1] for line in done.stderr.splitlines()] == [" broken.jpg", " image"]
    assert (folder / "found" / "detections.json").is_file()
    assert len(read(folder / "found" / "instances.json")["images"]) == 2 - 1


@pytest.mark.parametrize(
    ("overrides", "named"),
    [
        (["synset=dragon"], "synset"),
        (["synset=dog", "weights=nowhere.h5"], "weights"),
        (["synset=dog", "locate.level=[3]"], "configuration"),
    ],
)
def test_a_refusal_is_one_line(folder: Path, overrides: list[str], named: str) -> None:
    done = locate(folder, "image=cat (1).png", "out=found", *overrides)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: ")
    assert named in line
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


def test_a_classifier_of_ones_own_searches_one_image_or_several(own: Path) -> None:
    alone = locate(own, *OWN, "image=in/0.png", "out=alone")
    assert alone.returncode == 0, alone.stderr
    names = sorted(path.name for path in (own / "alone").iterdir())
    assert [name for name in names if not name.startswith("heatmap_")] == WRITTEN
    assert len(names) == len(WRITTEN) + 1
    (own / "in" / "broken.png").write_text("no image")
    several = locate(own, *OWN, "image=in", "out=several")
    assert several.returncode == 1
    assert "in/broken.png: cannot be read" in several.stderr
    assert read(own / "several" / "0" / "detections.json") == read(own / "alone" / "detections.json")
    best = read(own / "alone" / "detections.json")[0]
    assert (best["category_id"], best["bbox"]) == (2, [4, 4, 10, 10])
    assert read(own / "several" / "1" / "detections.json") != read(own / "alone" / "detections.json")
