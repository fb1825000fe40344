"""What is no Keras model is told for what it is, wherever the library takes one; the mend works."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import fullconv
from fullconv.errors import InputError


def small() -> keras.Model:
    return keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(2)])


def of_module(module: str, name: str) -> Any:
    """Return an object of a class that a library which need not be installed would have."""
    base = type("Base", (), {"__module__": module})
    return type(name, (base,), {"__module__": "someones.code"})()


def saved_model(folder: Path) -> Any:
    tf.saved_model.save(tf.Module(), str(folder / "saved"))
    return tf.saved_model.load(str(folder / "saved"))


def build_a_model() -> keras.Model:
    return small()


NO_MODELS: list[tuple[Callable[[Path], Any], str, str]] = [
    (lambda folder: of_module("tf_keras.src.engine.sequential", "Sequential"), "tf_keras", "load_classifier"),
    (lambda folder: of_module("tensorflow.python.keras.engine.training", "Net"), "Keras 2", "load_classifier"),
    (lambda folder: of_module("torch.nn.modules.module", "Net"), "PyTorch", "copy the weights"),
    (lambda folder: of_module("onnx.onnx_ml_pb2", "ModelProto"), "ONNX", "copy the weights"),
    (lambda folder: "my.keras", "a path, 'my.keras'", "load_classifier"),
    (lambda folder: Path("my") / "größe (1).h5", "größe (1).h5", "load_classifier"),
    (lambda folder: "x" * 5000, "…", "load_classifier"),
    (lambda folder: build_a_model, "the function build_a_model", "returns"),
    (lambda folder: small().predict, "the function", "calls"),
    (lambda folder: lambda x: x, "the function", "itself"),
    (lambda folder: keras.Sequential, "the class keras", "Call it"),
    (lambda folder: tf.function(small()), "compiled function of TensorFlow", "load_classifier"),
    (saved_model, "SavedModel", "load_classifier"),
    (lambda folder: layers.Dense(2), "a layer", "keras.Sequential"),
    (lambda folder: fullconv.convolutionalize(small()), "a Conversion", "conversion.model"),
    (lambda folder: None, "NoneType", "keras.Model"),
    (lambda folder: [small()], "list", "keras.Model"),
    (lambda folder: np.zeros(3), "ndarray", "keras.Model"),
]


def refusal(call: Callable[[], Any]) -> InputError:
    with pytest.raises(InputError) as caught:
        call()
    assert len(str(caught.value)) <= 400
    return caught.value


@pytest.mark.parametrize(("make", "said", "mend"), NO_MODELS)
def test_wherever_a_model_is_taken(make: Callable[[Path], Any], said: str, mend: str, tmp_path: Path) -> None:
    given, conversion = make(tmp_path), fullconv.convolutionalize(small())
    calls = [lambda: fullconv.convolutionalize(given), lambda: fullconv.certify(given, conversion)]
    if not isinstance(given, fullconv.Conversion):
        calls.append(lambda: fullconv.cost(given))
    for call in calls:
        error = refusal(call)
        assert error.where in ("classifier", "model")
        assert said in error.received
        assert mend in error.mend


@pytest.mark.parametrize(("make", "said", "mend"), [row for row in NO_MODELS if "Conversion" not in row[1]])
def test_wherever_a_conversion_is_taken(make: Callable[[Path], Any], said: str, mend: str, tmp_path: Path) -> None:
    given, image = make(tmp_path), np.zeros((8, 8, 1), np.float32)
    for call in (
        lambda: fullconv.certify(small(), given),
        lambda: fullconv.densify(given),
        lambda: fullconv.score_map(given, image),
    ):
        error = refusal(call)
        assert error.where == "conversion"
        assert said in error.received


def test_a_model_where_a_conversion_is_wanted_says_how_to_convert_it() -> None:
    classifier, image = small(), np.zeros((8, 8, 1), np.float32)
    error = refusal(lambda: fullconv.score_map(classifier, image))
    assert error.received == "received a Keras model"
    assert "fullconv.convolutionalize(classifier)" in error.mend
    assert fullconv.score_map(fullconv.convolutionalize(classifier), image).shape == (1, 1, 1, 2)


def test_the_mends_work(tmp_path: Path) -> None:
    """A file by load_classifier, a builder by what it returns, a class by its layers, a layer in a model."""
    small().save(tmp_path / "my.keras")
    given = [
        fullconv.load_classifier(tmp_path / "my.keras"),
        build_a_model(),
        keras.Sequential([keras.Input((8, 8, 1)), layers.Flatten(), layers.Dense(2)]),
    ]
    assert all(fullconv.convolutionalize(one).exact for one in given)
    alone = keras.Sequential([keras.Input((8, 8, 1)), layers.Conv2D(2, 8), layers.Flatten()])
    assert fullconv.convolutionalize(alone).window == (8, 8)


def test_weights_of_another_library_by_hand() -> None:
    """PyTorch keeps a kernel as (filters, channels, rows, columns) and a dense one as (units, numbers)."""
    rng = np.random.default_rng(0)
    kernel, dense = rng.normal(size=(4, 3, 3, 3)), rng.normal(size=(2, 4))
    image = keras.Input((8, 8, 3))
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(4, 3, use_bias=False, name="conv")(image))
    classifier = keras.Model(image, layers.Dense(2, use_bias=False, name="dense")(x))
    classifier.get_layer("conv").set_weights([kernel.transpose(2, 3, 1, 0)])
    classifier.get_layer("dense").set_weights([dense.T])
    pixels = rng.random((8, 8, 3))
    windows = np.lib.stride_tricks.sliding_window_view(pixels, (3, 3), axis=(0, 1))  # rows, columns, C, 3, 3
    wanted = np.einsum("yxcij,fcij->f", windows, kernel) / 36 @ dense.T
    got = fullconv.convolutionalize(classifier).forward(pixels[np.newaxis].astype(np.float32))
    np.testing.assert_allclose(got[0, 0, 0], wanted, atol=1e-4)


def _dense(*first: keras.layers.Layer) -> keras.Sequential:
    return keras.Sequential([*first, keras.layers.Dense(3, activation="softmax")])


@pytest.mark.parametrize(
    "build",
    [
        lambda: _dense(keras.Input((8, 6)), keras.layers.Flatten()),
        lambda: _dense(
            keras.Input((8, 6)), keras.layers.Reshape((8, 6, 1)), keras.layers.Conv2D(2, 3), keras.layers.Flatten()
        ),
        lambda: _dense(keras.Input((64,)), keras.layers.Dense(4)),
        lambda: _dense(
            keras.Input((64,)), keras.layers.Reshape((8, 8, 1)), keras.layers.Conv2D(2, 3), keras.layers.Flatten()
        ),
    ],
)
def test_grey_pixels_without_a_channel_are_mended_by_the_line_that_is_given(build: Callable[[], keras.Model]) -> None:
    model = build()
    with pytest.raises(InputError, match="is not a batch of images") as caught:
        fullconv.convolutionalize(model)
    assert len(str(caught.value)) <= 400
    made = re.search(r"keras\.Sequential\(.*\]\)", caught.value.mend)
    assert made is not None
    mended = eval(made[0], {"keras": keras, "model": model})
    image = np.random.default_rng(0).random((1, *mended.input_shape[1:]), dtype=np.float32)
    scores = np.asarray(fullconv.convolutionalize(mended).model(image)).reshape(1, 3)
    np.testing.assert_allclose(scores, np.asarray(model(image.reshape(1, *model.input_shape[1:]))), atol=1e-6)


@pytest.mark.parametrize("shape", [(7,), (None, 4), (4, 4, 4, 1)])
def test_what_is_no_grey_image_is_said_in_general(shape: tuple[int | None, ...]) -> None:
    model = keras.Sequential([keras.Input(shape), keras.layers.Dense(2)])
    with pytest.raises(InputError, match=r"Let it read images \(height, width, channels\)"):
        fullconv.convolutionalize(model)
