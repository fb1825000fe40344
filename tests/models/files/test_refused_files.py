"""What is no classifier of Keras is told for what it is, in one line that helps."""

import io
import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest

import fullconv
from fullconv.errors import InputError

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 90\n"
LEGACY = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03."
ARCHITECTURE = {"class_name": "Sequential", "config": {"name": "s", "layers": []}}


def zipped(**entries: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return stream.getvalue()


def refusal(path: Path) -> InputError:
    """Return how a file is refused: in one line, 400 characters at most, and never with advice to run its code."""
    with pytest.raises(InputError) as caught:
        fullconv.load_classifier(path)
    message = str(caught.value)
    assert len(message) <= 400, message
    assert "\n" not in message
    assert "safe_mode" not in message
    assert caught.value.mend.endswith(".") or caught.value.mend.endswith(")")
    return caught.value


@pytest.mark.parametrize(
    ("name", "content", "what", "mend"),
    [
        ("my.keras", b"", "an empty file", "anew"),
        ("keras_model.h5", POINTER, "a pointer of Git LFS", "git lfs pull"),
        ("my.keras", b"\n<!DOCTYPE html><html>", "a web page", "Download raw file"),
        ("my.h5", b'<?xml version="1.0"?><Error>', "a web page", "Download"),
        ("my.tflite", b"\x1c\0\0\0TFL3\x14\0", "a TFLite model", "Keras model"),
        ("my.keras", b"\x1c\0\0\0TFL3\x14\0", "a TFLite model", "Keras model"),
        ("my.onnx", b"\x08\x07\x12\x07pytorch", "an ONNX model", "Keras model"),
        ("my.h5", b"\x08\x08\x12\x0bonnx-export", "an ONNX model", "Keras model"),
        ("my.pth", LEGACY, "a file of PyTorch", "build it in Keras"),
        ("my.pt", zipped(archive__data_dot_pkl=b"x"), "a file of PyTorch", "build it in Keras"),
        ("my.pkl", pickle.dumps([1]), "a pickle", "not opened|Save"),
        ("model.json", b'{"modelTopology": {}, "weightsManifest": []}', "TensorFlow.js", "Teachable Machine"),
        ("model.json", json.dumps(ARCHITECTURE).encode(), "an architecture without weights", "whole model"),
        ("config.json", b'{"a": 1}', "a JSON file", "Keras model"),
        ("frozen.pb", b"\n\x0b\n\x05image", "a graph of TensorFlow", "SavedModel"),
        ("my.keras", b"cut", "not a whole .keras file", "model.save"),
        ("my.keras", b"PK\x03\x04 and no more", "a zip that is cut", "anew"),
        ("my.keras", zipped(readme_dot_txt=b"hello"), "no .keras file", "model.save"),
        (
            "converted.zip",
            zipped(keras_model_dot_h5=b"x", labels_dot_txt=b"0 a"),
            "a zip around keras_model.h5",
            "Unpack",
        ),
        ("my.zip", zipped(model_dot_tflite=b"x"), "a TFLite model", "Keras model"),
        ("my.npz", zipped(arr_0_dot_npy=b"x"), "arrays of NumPy", "Keras model"),
        ("my.keras", zipped(config_dot_json=json.dumps(ARCHITECTURE).encode()), "no weights", "whole model"),
        ("my.keras", zipped(config_dot_json=b"{"), "no JSON", "anew"),
    ],
)
def test_a_foreign_file_is_told_for_what_it_is(tmp_path: Path, name: str, content: bytes, what: str, mend: str) -> None:
    (tmp_path / name).write_bytes(content)
    error = refusal(tmp_path / name)
    assert what in error.received
    assert any(word in f"{error.received}. {error.mend}" for word in mend.split("|"))


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    assert refusal(tmp_path / "no.keras").received == "no such file"


def test_a_long_name_leaves_room_for_what_is_wrong(tmp_path: Path) -> None:
    folder = tmp_path / ("a" * 200) / ("b" * 200)
    folder.mkdir(parents=True)
    (folder / "my.keras").write_bytes(POINTER)
    assert "Git LFS" in str(refusal(folder / "my.keras"))


def folder_of_tensorflow_js(folder: Path) -> None:
    (folder / "model.json").write_text('{"modelTopology": {}}')
    (folder / "weights.bin").write_bytes(b"x")


def exports_alone(folder: Path) -> None:
    for name in ("conversion.onnx", "meaning.json", "model-card.md"):
        (folder / name).write_bytes(b"{}")


def saved_model_without_keras(folder: Path) -> None:
    (folder / "saved_model.pb").write_bytes(b"x")


def saved_model_of_a_subclass(folder: Path) -> None:
    metadata = json.dumps({"class_name": "Mine", "config": {"layer": 1}, "keras_version": "2.9.0"}).encode()
    node = b"\x1a\x04root\x2a" + bytes([len(metadata)]) + metadata
    (folder / "keras_metadata.pb").write_bytes(b"\x0a" + bytes([len(node)]) + node)
    (folder / "saved_model.pb").write_bytes(b"")


@pytest.mark.parametrize(
    ("fill", "what"),
    [
        (lambda folder: None, "an empty folder"),
        (lambda folder: (folder / "a.txt").write_text("x"), "a folder without a classifier (a.txt)"),
        (exports_alone, "a conversion for other runtimes alone"),
        (folder_of_tensorflow_js, "a model of TensorFlow.js"),
        (saved_model_without_keras, "a SavedModel without the architecture"),
        (saved_model_of_a_subclass, "a SavedModel of Mine, a class of its author"),
    ],
)
def test_a_folder_is_told_for_what_it_is(tmp_path: Path, fill: Callable[[Path], Any], what: str) -> None:
    fill(tmp_path)
    assert what in refusal(tmp_path).received


def test_an_architecture_in_hdf5_without_weights(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "my.h5", "w") as file:
        file.attrs["model_config"] = json.dumps(ARCHITECTURE)
    assert "an architecture and no weights" in refusal(tmp_path / "my.h5").received


def test_hdf5_of_something_else(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "my.h5", "w") as file:
        file["images"] = np.zeros((3, 4))
    assert "HDF5 without a Keras model: it holds images" in refusal(tmp_path / "my.h5").received


def old(path: Path, *layers: dict[str, Any], weights: dict[str, dict[str, Any]] | None = None) -> Path:
    """Write a sequence of Keras 2 with these layers and, of each that has some, weights."""
    first = {"class_name": "InputLayer", "config": {"name": "in", "batch_input_shape": [None, 4, 4, 3]}}
    config = {"class_name": "Sequential", "config": {"name": "s", "layers": [first, *layers]}}
    with h5py.File(path, "w") as file:
        file.attrs.update({"model_config": json.dumps(config), "keras_version": "2.9.0", "backend": "tensorflow"})
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = [name.encode() for name in weights or {}] or np.array([], "S1")
        for name, arrays in (weights or {}).items():
            held = group.create_group(name)
            held.attrs["weight_names"] = [one.encode() for one in arrays]
            for one, array in arrays.items():
                held[one] = array
    return path


def layer(kind: str, **config: Any) -> dict[str, Any]:
    return {"class_name": kind, "config": {"name": "mine", **config}}


DENSE = layer("Dense", units=2)
FITTING = {"mine": {"mine/kernel:0": np.zeros((3, 2)), "mine/bias:0": np.zeros(2)}}


def test_a_layer_that_keras_does_not_have_is_named(tmp_path: Path) -> None:
    error = refusal(old(tmp_path / "my.h5", layer("Attention17"), DENSE))
    assert "layer 'mine' is Attention17, which Keras does not have" in error.received
    assert "register_keras_serializable" in error.mend
    assert "A layer of your own" in error.mend


def test_a_layer_that_was_registered_is_used(tmp_path: Path) -> None:
    @keras.saving.register_keras_serializable("mine")
    class Doubled(keras.layers.Layer):
        def call(self, image: Any) -> Any:
            return image * 2

    own = {"class_name": "mine>Doubled", "config": {"name": "own", "trainable": True, "dtype": "float32"}}
    weights = {"mine": {"mine/kernel:0": np.ones((3, 2)), "mine/bias:0": np.zeros(2)}}
    model = fullconv.load_classifier(old(tmp_path / "my.h5", own, DENSE, weights=weights))
    np.testing.assert_array_equal(np.asarray(model(np.ones((1, 4, 4, 3))))[0, 0, 0], [6, 6])


@pytest.mark.parametrize(
    ("setting", "told"),
    [({"groups": 3}, "groups=3"), ({"dilate_more": True}, "dilate_more=True")],
)
def test_a_setting_that_is_not_known_is_named(tmp_path: Path, setting: dict[str, Any], told: str) -> None:
    error = refusal(old(tmp_path / "my.h5", layer("DepthwiseConv2D", kernel_size=[3, 3], **setting)))
    assert f"layer 'mine' (DepthwiseConv2D) has an unknown {told}" in error.received


def test_an_operator_that_is_not_known_is_named(tmp_path: Path) -> None:
    layers = [
        {"class_name": "InputLayer", "name": "in", "config": {"name": "in", "batch_input_shape": [None, 4, 4, 3]}},
        {"class_name": "TFOpLambda", "name": "op", "config": {"name": "op", "function": "signal.fft2d"}},
    ]
    nodes: list[list[Any]] = [[], [["in", 0, 0, {"name": None}]]]
    listed = [one | {"inbound_nodes": node} for one, node in zip(layers, nodes, strict=True)]
    ends = {"input_layers": [["in", 0, 0]], "output_layers": [["op", 0, 0]]}
    path = old(tmp_path / "my.h5", DENSE, weights=FITTING)
    with h5py.File(path, "a") as file:
        config = {"class_name": "Functional", "config": {"name": "m", "layers": listed, **ends}}
        file.attrs["model_config"] = json.dumps(config)
    assert "tf.signal.fft2d ('op'), which is not known here" in refusal(path).received


@pytest.mark.parametrize(
    ("weights", "told"),
    [
        ({}, "its architecture has 1 layers with weights and the file weights of 0: 'mine'"),
        (
            {"mine": {"mine/kernel:0": np.zeros((3, 2))}},
            "has 2 arrays of weights, and the file 1: mine/bias is missing",
        ),
        (
            {"mine": {"mine/kernel:0": np.zeros((3, 5)), "mine/bias:0": np.zeros(2)}},
            "mine/kernel is (3, 2) and mine/kernel:0 of the file is (3, 5)",
        ),
    ],
)
def test_weights_that_do_not_fit_are_named(tmp_path: Path, weights: dict[str, dict[str, Any]], told: str) -> None:
    assert told in refusal(old(tmp_path / "my.h5", DENSE, weights=weights)).received


def test_a_network_whose_shapes_do_not_fit(tmp_path: Path) -> None:
    path = old(tmp_path / "my.h5", layer("Conv2D", filters=2, kernel_size=[9, 9]), weights=FITTING)
    assert "Keras cannot build the network that it describes" in refusal(path).received


def test_a_newer_keras_is_named(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((4, 4, 3)), keras.layers.Dense(2, name="mine")])
    model.save(tmp_path / "now.keras")
    with zipfile.ZipFile(tmp_path / "now.keras") as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    held["metadata.json"] = json.dumps({"keras_version": "3.99.0"}).encode()
    held["config.json"] = held["config.json"].replace(b'"units": 2', b'"units": 2, "sparsity_of_2031": 3')
    with zipfile.ZipFile(tmp_path / "newer.keras", "w") as archive:
        for name, content in held.items():
            archive.writestr(name, content)
    error = refusal(tmp_path / "newer.keras")
    assert "written by Keras 3.99.0, newer than Keras" in error.received
    assert "pip install -U keras" in error.mend


def test_a_layer_of_a_newer_keras_is_told_as_such(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((4, 4, 3)), keras.layers.Dense(2, name="mine")])
    model.save(tmp_path / "now.keras")
    with zipfile.ZipFile(tmp_path / "now.keras") as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    held["metadata.json"] = json.dumps({"keras_version": "3.99.0"}).encode()
    held["config.json"] = held["config.json"].replace(b'"Dense"', b'"DenseOf2031"')
    with zipfile.ZipFile(tmp_path / "newer.keras", "w") as archive:
        for name, content in held.items():
            archive.writestr(name, content)
    assert "written by Keras 3.99.0, newer than Keras" in refusal(tmp_path / "newer.keras").received


class Halved(keras.layers.Layer):
    """A layer that is registered nowhere."""

    def call(self, image: Any) -> Any:
        """Halve the image."""
        return image / 2


@pytest.mark.parametrize("suffix", ["keras", "h5"])
@pytest.mark.filterwarnings("ignore")
def test_a_custom_layer_of_keras_3_is_named(tmp_path: Path, suffix: str) -> None:
    image = keras.Input((4, 4, 3))
    keras.Model(image, keras.layers.Dense(2)(Halved(name="halved")(image))).save(tmp_path / f"my.{suffix}")
    error = refusal(tmp_path / f"my.{suffix}")
    assert "layer 'halved' is" in error.received
    assert "Halved, which Keras does not have" in error.received
