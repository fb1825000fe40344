"""The public interface: its names, how quickly it loads, and the README's lines."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import fullconv

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = sorted((ROOT / "pipelines").glob("*.py"))


@pytest.mark.parametrize("name", fullconv.__all__)
def test_every_public_name_is_there_and_documented(name: str) -> None:
    assert getattr(fullconv, name).__doc__


def test_an_unknown_name_says_which_there_are() -> None:
    with pytest.raises(AttributeError, match="convolutionalize"):
        _ = fullconv.convolutionalise


def test_importing_does_not_load_tensorflow_hydra_or_mlflow() -> None:
    code = "import fullconv, sys; print(sorted({'tensorflow', 'keras', 'hydra', 'mlflow'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_help_of_every_program_does_not_load_tensorflow(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", str(path), "--help"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert "tensorflow" not in done.stderr
    assert f"\nfullconv {path.stem.removesuffix('_classifier')}" in done.stdout


def test_from_a_classifier_to_metrics_through_the_public_names(tmp_path: Path) -> None:
    import keras

    keras.utils.set_random_seed(0)
    classifier = keras.Sequential(
        [
            keras.Input((8, 8, 1), name="image"),
            keras.layers.Conv2D(4, 3, activation="relu", name="conv"),
            keras.layers.MaxPooling2D(2, name="pool"),
            keras.layers.Flatten(name="flatten"),
            keras.layers.Dense(3, activation="softmax", name="scores"),
        ]
    )
    conversion = fullconv.convolutionalize(classifier, head="window")
    assert conversion.exact
    assert fullconv.certify(classifier, conversion).crop_max_difference < 1e-5
    image = np.random.default_rng(0).random((1, 20, 30, 1), dtype=np.float32)
    scores = fullconv.score_map(conversion, image)
    found = fullconv.detect(scores, conversion.geometry, threshold=0.0)
    x, y, width, height = found[0]["bbox"]
    truth = {
        "images": [{"id": 1, "file_name": "a.png", "height": 20, "width": 30}],
        "categories": [{"id": index, "name": str(index)} for index in (1, 2, 3)],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": found[0]["category_id"], "bbox": [x, y, width, height]}
            | {"area": width * height, "iscrowd": 0}
        ],
    }
    assert fullconv.evaluate_coco(found, truth)["AP50"] > 0
