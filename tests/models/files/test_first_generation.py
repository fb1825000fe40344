"""Files as Keras 1 wrote them, put together here: their settings, kernels and merges."""

import json
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import numpy.typing as npt

import fullconv

Arrays = list[tuple[str, npt.NDArray[Any]]]


def written(path: Path, config: Any, weights: dict[str, Arrays], **facts: str) -> Path:
    """Write a file of HDF5 as Keras 1 did."""
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(config).encode()
        for key, value in facts.items():
            file.attrs[key] = value.encode()
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = np.array([name.encode() for name in weights])
        for layer, arrays in weights.items():
            held = group.create_group(layer)
            held.attrs["weight_names"] = np.array([name.encode() for name, _ in arrays] or [], "S40")
            for name, array in arrays:
                held[name] = array
    return path


def sequence(ordering: str, shape: list[int | None]) -> dict[str, Any]:
    conv = {
        **{"name": "convolution2d_1", "batch_input_shape": [None, *shape], "input_dtype": "float32", "trainable": True},
        **{"nb_filter": 4, "nb_row": 3, "nb_col": 3, "init": "glorot_uniform", "activation": "relu", "bias": True},
        **{"border_mode": "valid", "subsample": [1, 1], "dim_ordering": ordering, "W_regularizer": None},
        **{"b_regularizer": None, "activity_regularizer": None, "W_constraint": None, "b_constraint": None},
    }
    norm = {"name": "batchnormalization_1", "epsilon": 1e-5, "mode": 0, "axis": 1 if ordering == "th" else -1}
    pool = {"name": "pool", "pool_size": [2, 2], "strides": [2, 2], "border_mode": "valid", "dim_ordering": ordering}
    dense = {
        "name": "dense_1",
        "output_dim": 3,
        "init": "uniform",
        "activation": "softmax",
        "input_dim": 64,
        "bias": True,
    }
    layers = [
        {"class_name": "Convolution2D", "config": conv},
        {"class_name": "BatchNormalization", "config": norm | {"momentum": 0.9, "gamma_regularizer": None}},
        {"class_name": "MaxPooling2D", "config": pool},
        {"class_name": "Dropout", "config": {"name": "drop", "p": 0.25, "trainable": True}},
        {"class_name": "Flatten", "config": {"name": "flatten_1", "trainable": True}},
        {"class_name": "Dense", "config": dense},
    ]
    return {"class_name": "Sequential", "config": layers}


def numbers() -> list[npt.NDArray[Any]]:
    """Return a kernel (rows, columns, channels, filters), a bias, a normalization's four, and a dense layer's two."""
    rng = np.random.default_rng(0)
    running = [rng.uniform(0.5, 1.5, 4) for _ in range(4)]
    return [
        rng.normal(0, 1, (3, 3, 2, 4)),
        rng.normal(0, 1, 4),
        *running,
        rng.normal(0, 1, (64, 3)),
        rng.normal(0, 1, 3),
    ]


def files_arrays(kernel: npt.NDArray[Any]) -> dict[str, Arrays]:
    _, bias, gamma, beta, mean, variance, dense, last = numbers()
    names = ("gamma", "beta", "running_mean", "running_std")
    arrays = zip(names, (gamma, beta, mean, variance), strict=True)
    norm = [(f"batchnormalization_1_{name}", one) for name, one in arrays]
    return {
        "convolution2d_1": [("convolution2d_1_W", kernel), ("convolution2d_1_b", bias)],
        "batchnormalization_1": norm,
        "pool": [],
        "drop": [],
        "flatten_1": [],
        "dense_1": [("dense_1_W", dense), ("dense_1_b", last)],
    }


def expected(images: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the scores of that network, images (N, 10, 10, 2), flattened by rows."""
    model = keras.Sequential(
        [
            keras.Input((10, 10, 2)),
            keras.layers.Conv2D(4, 3, activation="relu"),
            keras.layers.BatchNormalization(epsilon=1e-5),
            keras.layers.MaxPooling2D(2),
            keras.layers.Flatten(),
            keras.layers.Dense(3, activation="softmax"),
        ]
    )
    model.set_weights(numbers())
    return np.asarray(model(images))


def test_a_sequence_of_keras_1_on_tensorflow(tmp_path: Path) -> None:
    path = written(tmp_path / "old.h5", sequence("tf", [10, 10, 2]), files_arrays(numbers()[0]), keras_version="1.2.2")
    images = np.random.default_rng(1).random((5, 10, 10, 2)).astype(np.float32)
    np.testing.assert_allclose(np.asarray(fullconv.load_classifier(path)(images)), expected(images), atol=1e-6)


def test_kernels_of_theano_are_turned_and_channels_stay_first(tmp_path: Path) -> None:
    kernel = numbers()[0][::-1, ::-1].transpose(3, 2, 0, 1)
    facts = {"keras_version": "1.1.0", "backend": "theano"}
    path = written(tmp_path / "old.h5", sequence("th", [2, 10, 10]), files_arrays(kernel), **facts)
    model = fullconv.load_classifier(path)
    assert model.input_shape == (None, 2, 10, 10)
    first = model.get_layer("convolution2d_1")
    assert first.data_format == "channels_first"
    np.testing.assert_allclose(first.get_weights()[0], numbers()[0].astype(np.float32))
    # Convolutions with channels first do not run everywhere; the conversion reads channels last.
    conversion = fullconv.convolutionalize(model)
    images = np.random.default_rng(1).random((5, 10, 10, 2)).astype(np.float32)
    ours = np.asarray(conversion.model(images))[:, 0, 0]
    dense = numbers()[6].reshape(4, 4, 4, 3).transpose(1, 2, 0, 3).reshape(64, 3)
    twin = fullconv.load_classifier(
        written(
            tmp_path / "twin.h5",
            sequence("tf", [10, 10, 2]),
            files_arrays(numbers()[0]) | {"dense_1": [("dense_1_W", dense), ("dense_1_b", numbers()[7])]},
        )
    )
    np.testing.assert_allclose(ours, np.asarray(twin(images)), atol=1e-5)


def test_a_graph_with_merges(tmp_path: Path) -> None:
    def dense(name: str, reads: str) -> dict[str, Any]:
        config = {"name": name, "output_dim": 4, "activation": "linear", "input_dim": None}
        return {"class_name": "Dense", "name": name, "config": config, "inbound_nodes": [[[reads, 0, 0]]]}

    def merge(name: str, mode: str) -> dict[str, Any]:
        config = {"name": name, "mode": mode, "concat_axis": -1, "dot_axes": -1, "mode_type": "raw"}
        nodes = [[["a", 0, 0], ["b", 0, 0]]]
        return {"class_name": "Merge", "name": name, "config": config, "inbound_nodes": nodes}

    image = {"class_name": "InputLayer", "name": "in", "inbound_nodes": []}
    flat = {"class_name": "Flatten", "name": "flat", "config": {"name": "flat"}, "inbound_nodes": [[["in", 0, 0]]]}
    both = {"class_name": "Merge", "name": "both", "inbound_nodes": [[["sum", 0, 0], ["beside", 0, 0]]]}
    layers = [
        image | {"config": {"name": "in", "batch_input_shape": [None, 2, 2, 1], "input_dtype": "float32"}},
        flat,
        *(dense("a", "flat"), dense("b", "flat"), merge("sum", "sum"), merge("beside", "concat")),
        both | {"config": {"name": "both", "mode": "concat", "concat_axis": 1}},
    ]
    ends = {"input_layers": [["in", 0, 0]], "output_layers": [["both", 0, 0]]}
    config = {"class_name": "Model", "config": {"name": "model_1", "layers": layers, **ends}}
    one, two = np.eye(4), 2 * np.eye(4)
    weights: dict[str, Arrays] = {
        "a": [("a_W", one), ("a_b", np.zeros(4))],
        "b": [("b_W", two), ("b_b", np.zeros(4))],
    }
    model = fullconv.load_classifier(written(tmp_path / "graph.h5", config, weights))
    values = np.arange(4.0).reshape(1, 2, 2, 1)
    flatten = np.arange(4.0)
    np.testing.assert_allclose(np.asarray(model(values))[0], np.concatenate([3 * flatten, flatten, 2 * flatten]))
