"""Files that the installed Keras writes, whatever is in them, give the same network back."""

import zipfile
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest
from keras import layers

import fullconv
from fullconv.errors import InputError
from fullconv.models.files.read import read_classifier


def nested(frozen: bool) -> keras.Model:
    """Return a network with operators, a network within it that is called twice, and running means in both."""
    seen = keras.Input((8, 8, 4))
    inner_out = layers.BatchNormalization()(layers.SeparableConv2D(3, 3)(seen))
    inner = keras.Model(seen, layers.GlobalAveragePooling2D()(inner_out), name="inner")
    inner.trainable = not frozen
    image = keras.Input((10, 10, 3))
    x = layers.BatchNormalization()(layers.Conv2D(4, 3, activation="hard_sigmoid")(image / 127.5 - 1.0))
    x = layers.Concatenate()([inner(x), inner(layers.ReLU()(x))])
    model = keras.Model(image, layers.Dense(3, activation="softmax")(layers.Dropout(0.5)(x)))
    rng = np.random.default_rng(5)
    model.set_weights([rng.uniform(0.2, 1.2, one.shape) - 0.6 * (one.ndim > 1) for one in model.get_weights()])
    return model


@pytest.mark.parametrize("frozen", [False, True])
@pytest.mark.parametrize("suffix", ["keras", "h5"])
@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_a_nested_network_comes_back(tmp_path: Path, suffix: str, frozen: bool) -> None:
    model = nested(frozen)
    model.save(tmp_path / f"my.{suffix}")
    images = np.random.default_rng(6).random((4, 10, 10, 3)).astype(np.float32) * 255
    loaded = read_classifier(tmp_path / f"my.{suffix}")
    np.testing.assert_allclose(np.asarray(loaded.model(images)), np.asarray(model(images)), atol=1e-6)
    assert keras.__version__ in loaded.kind


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_how_it_was_trained_is_not_looked_at(tmp_path: Path) -> None:
    def own_loss(true: Any, seen: Any) -> Any:
        return keras.ops.mean(true - seen)

    model = nested(False)
    model.compile("adam", own_loss)
    for name in ("my.keras", "my.h5"):
        model.save(tmp_path / name)
        assert not fullconv.load_classifier(tmp_path / name).compiled


def test_missing_weights_are_said_in_one_line(tmp_path: Path) -> None:
    nested(False).save(tmp_path / "my.keras")
    with zipfile.ZipFile(tmp_path / "my.keras") as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    (tmp_path / "w.h5").write_bytes(held["model.weights.h5"])
    with h5py.File(tmp_path / "w.h5", "a") as file:
        del file["layers/dense/vars/0"]
    held["model.weights.h5"] = (tmp_path / "w.h5").read_bytes()
    with zipfile.ZipFile(tmp_path / "less.keras", "w") as archive:
        for name, content in held.items():
            archive.writestr(name, content)
    with pytest.raises(InputError, match="its weights do not fit its architecture") as caught:
        fullconv.load_classifier(tmp_path / "less.keras")
    assert len(str(caught.value)) <= 400


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_a_normalization_computes_with_what_it_has_seen(tmp_path: Path) -> None:
    images = np.random.default_rng(7).normal(100, 30, (8, 6, 6, 3)).astype(np.float32)
    norm = layers.Normalization()
    norm.adapt(images)
    model = keras.Sequential([keras.Input((6, 6, 3)), norm, layers.Flatten(), layers.Dense(2)])
    model.save(tmp_path / "my.h5")
    loaded = fullconv.load_classifier(tmp_path / "my.h5")
    np.testing.assert_allclose(np.asarray(loaded(images)), np.asarray(model(images)), atol=1e-5)


@pytest.mark.filterwarnings("ignore:You are saving your model as an HDF5 file")
def test_a_layer_of_keras_applications_is_known(tmp_path: Path) -> None:
    model = keras.applications.ConvNeXtTiny(weights=None, input_shape=(32, 32, 3), classes=2)
    model.save(tmp_path / "my.h5")
    images = np.random.default_rng(8).random((1, 32, 32, 3)).astype(np.float32)
    loaded = fullconv.load_classifier(tmp_path / "my.h5")
    np.testing.assert_allclose(np.asarray(loaded(images)), np.asarray(model(images)), atol=1e-5)
