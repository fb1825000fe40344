"""Weights in Theano's convention, against true convolutions by SciPy."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from scipy.signal import convolve2d

from fullconv.convert.conversion import Conversion, convolutionalize
from fullconv.convert.reference import reference
from fullconv.convert.storage import load_conversion, save_conversion

pytestmark = pytest.mark.numeric

Equal = Callable[..., Conversion]
Spread = Callable[[keras.Model, int], keras.Model]


def network(first: bool) -> keras.Model:
    """Two convolutions, a pool and a dense layer, as one would have built them for Theano."""
    layout: dict[str, Any] = {"data_format": "channels_first" if first else "channels_last"}
    return keras.Sequential(
        [
            keras.Input((2, 11, 12) if first else (11, 12, 2), name="image"),
            layers.Conv2D(3, (3, 2), activation="tanh", name="conv_1", **layout),
            layers.MaxPooling2D(2, name="pool", **layout),
            layers.Conv2D(4, (2, 3), activation="relu", name="conv_2", **layout),
            layers.Flatten(name="flatten"),
            layers.Dense(3, name="classes"),
        ],
        name="theano",
    )


def convolved(image: np.ndarray, kernel: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Return the true convolution, channels first, of an image (C, H, W) with a kernel (rows, columns, C, filters)."""
    return np.stack(
        [
            sum(convolve2d(channel, kernel[..., c, f], mode="valid") for c, channel in enumerate(image)) + bias[f]
            for f in range(kernel.shape[-1])
        ]
    )


def by_definition(weights: list[np.ndarray], image: np.ndarray, first: bool) -> np.ndarray:
    """Return the scores of an image (C, h, w) in NumPy and SciPy alone."""
    kernel_1, bias_1, kernel_2, bias_2, dense, bias = weights
    x = np.tanh(convolved(image, kernel_1, bias_1))
    channels, height, width = (size - size % 2 if axis else size for axis, size in enumerate(x.shape))
    x = x[:, :height, :width].reshape(channels, height // 2, 2, width // 2, 2).max(axis=(2, 4))
    x = np.maximum(convolved(x, kernel_2, bias_2), 0)
    return (x if first else np.moveaxis(x, 0, -1)).reshape(-1) @ dense + bias


@pytest.mark.parametrize("first", [False, True])
def test_true_convolution(first: bool, spread: Spread) -> None:
    classifier = spread(network(first), 1)
    conversion = convolutionalize(classifier, flip_kernels=True)
    image = np.random.default_rng(2).random((17, 16, 2), dtype=np.float32)
    scores = conversion.forward(image[np.newaxis])[0]
    assert conversion.flipped
    assert scores.shape == (4, 3, 3)
    for row, col in np.ndindex(4, 3):
        x, y, width, height = conversion.geometry.box(row, col)
        crop = np.moveaxis(image[y : y + height, x : x + width], -1, 0)
        expected = by_definition(classifier.get_weights(), crop, first)
        np.testing.assert_allclose(scores[row, col], expected, atol=1e-5)


def test_kernels_matter(spread: Spread) -> None:
    classifier = spread(network(first=False), 1)
    image = np.random.default_rng(2).random((1, 11, 12, 2), dtype=np.float32)
    turned, plain = (convolutionalize(classifier, flip_kernels=flip).forward(image) for flip in (True, False))
    assert np.abs(turned - plain).max() > 0.1


def nested() -> keras.Model:
    """Every kind of kernel, a shared layer and a nested model that is called twice."""
    inner = keras.Sequential(
        [keras.Input((None, None, 2), name="image"), layers.Conv2D(2, 3, padding="same", name="conv")], name="inner"
    )
    twice = layers.DepthwiseConv2D(3, padding="same", name="twice")
    image = keras.Input((8, 9, 2), name="image")
    x = twice(inner(twice(inner(image))))
    x = layers.BatchNormalization(name="norm")(layers.SeparableConv2D(3, (2, 3), name="separable")(x))
    return keras.Model(image, layers.Dense(3, name="classes")(layers.Flatten(name="flatten")(x)), name="nested")


def operators() -> keras.Model:
    """Arithmetic on the image, which has no weights to turn."""
    image = keras.Input((8, 9, 2), name="image")
    x = layers.Flatten(name="flatten")(layers.Conv2D(3, 3, name="conv")(image / 2.0 - 0.1))
    return keras.Model(image, layers.Dense(3, name="classes")(x), name="operators")


@pytest.mark.parametrize("make", [lambda: network(False), lambda: network(True), nested, operators])
def test_reference_turns_a_copy(make: Callable[[], keras.Model], equal: Equal) -> None:
    """The fixture compares with `reference`; the classifier keeps its weights and its graph."""
    classifier = make()
    layer = classifier.layers[-1]
    equal(classifier, flip_kernels=True)
    before = [weight.copy() for weight in classifier.get_weights()]
    equal(classifier, flip_kernels=True, fill=False)
    assert all(np.array_equal(one, two) for one, two in zip(before, classifier.get_weights(), strict=True))
    assert layer.output is not None  # Keras refuses this once a layer was called anew


def test_saved(tmp_path: Path, spread: Spread) -> None:
    classifier = spread(network(first=True), 1)
    save_conversion(convolutionalize(classifier, flip_kernels=True), tmp_path / "a.keras")
    loaded = load_conversion(tmp_path / "a.keras")
    assert (loaded.flipped, loaded.channels_first) == (True, True)
    images = np.random.default_rng(2).random((2, 11, 12, 2), dtype=np.float32)
    np.testing.assert_allclose(loaded.forward(images)[:, 0, 0], reference(classifier, loaded)(images), atol=1e-5)
