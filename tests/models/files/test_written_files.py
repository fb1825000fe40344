"""Files that Keras 2 wrote give the scores that Keras 2 gave (tools/old_files.py wrote both)."""

import shutil
import zipfile
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

import fullconv
from fullconv.errors import InputError
from fullconv.models.files.read import read_classifier

WRITTEN = Path(__file__).parent / "written"


def difference(model: keras.Model, name: str) -> float:
    """Return the largest difference to the scores that the file's own Keras gave."""
    with np.load(WRITTEN / "scores.npz") as kept:
        images, scores = kept[f"{name}_images"], kept[f"{name}_scores"]
    assert np.ptp(scores, axis=0).max() > 1e-3  # else equality would say little
    return float(np.abs(np.asarray(model(images, training=False)) - scores).max())


@pytest.mark.parametrize(
    ("file", "scores", "kind"),
    [
        ("functional.h5", "functional", "HDF5 of Keras 2.21.0"),
        ("functional.keras", "functional", "a .keras file of Keras 2.21.0"),
        ("functional", "functional", "SavedModel of Keras 2.21.0"),
        ("sliced.h5", "sliced", "HDF5 of Keras 2.21.0"),
        ("teachable.h5", "teachable", "HDF5 of Keras 2.21.0 (Teachable Machine)"),
    ],
)
def test_every_kind_gives_its_own_scores(file: str, scores: str, kind: str) -> None:
    loaded = read_classifier(WRITTEN / file)
    assert difference(loaded.model, scores) <= 1e-6
    assert loaded.kind == kind
    assert loaded.pixels == ("-1..1" if scores == "teachable" else None)


def test_the_name_of_a_file_does_not_matter(tmp_path: Path) -> None:
    shutil.copy(WRITTEN / "functional.h5", tmp_path / "model.keras")
    shutil.copy(WRITTEN / "functional.keras", tmp_path / "model.h5")
    for name in ("model.keras", "model.h5"):
        assert difference(fullconv.load_classifier(tmp_path / name), "functional") <= 1e-6


def test_an_unpacked_file_is_read(tmp_path: Path) -> None:
    with zipfile.ZipFile(WRITTEN / "functional.keras") as archive:
        archive.extractall(tmp_path / "my")
    assert difference(fullconv.load_classifier(tmp_path / "my"), "functional") <= 1e-6


@pytest.mark.parametrize("above", ["layers\\", "_layer_checkpoint_dependencies/", "_layer_checkpoint_dependencies\\"])
def test_backslashes_of_windows_and_words_of_keras_2_12_are_known(tmp_path: Path, above: str) -> None:
    with zipfile.ZipFile(WRITTEN / "functional.keras") as archive:
        archive.extractall(tmp_path / "my")
    weights = tmp_path / "my" / "model.weights.h5"
    with h5py.File(weights) as old, h5py.File(tmp_path / "new.h5", "w") as new:
        for name, layer in old["layers"].items():
            old.copy(layer, new, f"{above}{name}")
    (tmp_path / "new.h5").replace(weights)
    assert difference(fullconv.load_classifier(tmp_path / "my"), "functional") <= 1e-6


def test_weights_alone_fill_the_network_that_is_given() -> None:
    network = fullconv.load_classifier(WRITTEN / "functional.h5")
    network.set_weights([np.zeros(weight.shape) for weight in network.get_weights()])
    filled = fullconv.load_classifier(WRITTEN / "weights.h5", architecture=network)
    assert filled is network
    assert difference(filled, "functional") <= 1e-6


def test_weights_of_keras_3_fill_the_network_that_is_given(tmp_path: Path) -> None:
    network = fullconv.load_classifier(WRITTEN / "functional.h5")
    network.save_weights(tmp_path / "my.weights.h5")
    network.set_weights([np.zeros(weight.shape) for weight in network.get_weights()])
    filled = read_classifier(tmp_path / "my.weights.h5", lambda classes: network)
    assert filled.kind == "weights of Keras 3"
    assert difference(filled.model, "functional") <= 1e-6


def test_the_network_is_made_with_the_classes_that_the_weights_have() -> None:
    asked: list[int] = []

    def architecture(classes: int) -> keras.Model:
        asked.append(classes)
        return fullconv.load_classifier(WRITTEN / "functional.h5")

    read_classifier(WRITTEN / "weights.h5", architecture)
    assert asked == [2]


def test_weights_alone_need_a_network() -> None:
    with pytest.raises(InputError, match="weights without an architecture") as caught:
        fullconv.load_classifier(WRITTEN / "weights.h5")
    assert "model=NAME" in caught.value.mend


def test_weights_of_another_network_are_named() -> None:
    other = keras.Sequential([keras.Input((12, 12, 3)), keras.layers.Flatten(), keras.layers.Dense(2)])
    with pytest.raises(
        InputError, match="without an architecture; its architecture has 1 layers with weights"
    ) as caught:
        fullconv.load_classifier(WRITTEN / "weights.h5", architecture=other)
    assert "model=NAME data=NAME" in caught.value.mend


def test_what_is_rebuilt_converts() -> None:
    for name in ("functional.h5", "teachable.h5"):
        classifier = fullconv.load_classifier(WRITTEN / name)
        certificate = fullconv.certify(classifier, fullconv.convolutionalize(classifier))
        assert certificate.max_difference is not None
        assert certificate.max_difference <= 1e-4


def test_what_is_rebuilt_is_saved_as_keras_3(tmp_path: Path) -> None:
    fullconv.load_classifier(WRITTEN / "functional.h5").save(tmp_path / "new.keras")
    assert difference(fullconv.load_classifier(tmp_path / "new.keras"), "functional") <= 1e-6
    assert read_classifier(tmp_path / "new.keras").kind == f"a .keras file of Keras {keras.__version__}"
