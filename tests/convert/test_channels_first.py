"""Classifiers that keep their channels first, converted to channels last."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers

from fullconv.convert.conversion import Conversion, convolutionalize
from fullconv.convert.reference import reference
from fullconv.errors import InputError

pytestmark = pytest.mark.numeric

Equal = Callable[..., Conversion]
FIRST: dict[str, Any] = {"data_format": "channels_first"}
SHAPE = (2, 13, 17)  # channels, rows, columns
# Of the largest score, where only the order of sums differs: the longest have 800 terms, and errors of that many
# roundings add up to about the root of their number, 28 units of 6e-8.
ROUNDING = 2e-6


def ending(*tail: Any) -> keras.Model:
    return keras.Sequential([keras.Input(SHAPE, name="image"), *tail], name="first")


def plain_flatten() -> keras.Model:
    """The dense kernel is in the order channels, rows, columns."""
    return ending(
        layers.Conv2D(3, 3, strides=2, padding="same", activation="relu", name="conv", **FIRST),
        layers.BatchNormalization(axis=1, name="norm"),
        layers.MaxPooling2D(3, 2, padding="same", name="pool", **FIRST),
        layers.Flatten(name="flatten"),
        layers.Dense(4, activation="softmax", name="classes"),
    )


def moving_flatten() -> keras.Model:
    """Keras moves the channels to the end before it flattens."""
    return ending(
        layers.ZeroPadding2D(((1, 0), (2, 1)), name="pad", **FIRST),
        layers.SeparableConv2D(3, 3, name="separable", **FIRST),
        layers.Cropping2D(((0, 1), (1, 2)), name="crop", **FIRST),
        layers.PReLU(shared_axes=[2, 3], name="prelu"),
        layers.Flatten(name="flatten", **FIRST),
        layers.Dense(4, name="classes"),
    )


def flatten_alone() -> keras.Model:
    return ending(layers.Flatten(name="flatten", **FIRST), layers.Dense(4, name="classes"))


def reshape_flatten() -> keras.Model:
    return ending(
        layers.DepthwiseConv2D(3, dilation_rate=2, name="depthwise", **FIRST),
        layers.LayerNormalization(axis=1, name="norm"),
        layers.Reshape((-1,), name="flatten"),
        layers.Dense(4, name="classes"),
    )


def normalized_flatten() -> keras.Model:
    """Figures for each number, in the order channels, rows, columns."""
    return ending(
        layers.AveragePooling2D(2, name="pool", **FIRST),
        layers.Flatten(name="flatten"),
        layers.BatchNormalization(name="norm"),
        layers.Dense(4, name="classes"),
    )


def permuted() -> keras.Model:
    """Channels last in the middle and first again."""
    return ending(
        layers.Conv2D(3, 3, name="conv_1", **FIRST),
        layers.Permute((2, 3, 1), name="last"),
        layers.Conv2D(4, 3, activation="softmax", name="conv_2"),
        layers.Dense(3, activation="relu", name="dense"),
        layers.Permute((3, 1, 2), name="first"),
        layers.Softmax(axis=1, name="softmax"),
        layers.Flatten(name="flatten"),
        layers.Dense(4, name="classes"),
    )


def branches() -> keras.Model:
    """Squeeze-and-excitation, concatenation, a 1×1 head."""
    image = keras.Input(SHAPE, name="image")
    x = layers.Conv2D(4, 3, strides=2, activation="swish", name="conv", **FIRST)(image)
    gate = layers.GlobalAveragePooling2D(name="squeeze", **FIRST)(x)
    gate = layers.Reshape((4, 1, 1), name="reshape")(layers.Dense(4, activation="sigmoid", name="gate")(gate))
    x = layers.Concatenate(axis=1, name="both")([x, layers.Multiply(name="excite")([x, gate])])
    x = layers.GlobalMaxPooling2D(keepdims=True, name="pool", **FIRST)(x)
    x = layers.Conv2D(4, 1, name="classes", **FIRST)(x)
    return keras.Model(image, layers.Flatten(name="flatten")(x), name="branches")


def operators() -> keras.Model:
    """Constants for each channel, on the channels' axis; mean over rows and columns."""
    image = keras.Input(SHAPE, name="image")
    x = (image - np.float32([[[0.4]], [[0.6]]])) / np.float32([0.2, 0.3]).reshape(1, 2, 1, 1)
    x = keras.ops.softmax(layers.Conv2D(4, 3, name="conv", **FIRST)(x), axis=1)
    x = keras.ops.mean(x, axis=(2, 3))
    return keras.Model(image, layers.Dense(4, name="classes")(x), name="operators")


NETWORKS = [
    plain_flatten,
    moving_flatten,
    flatten_alone,
    reshape_flatten,
    normalized_flatten,
    permuted,
    branches,
    operators,
]


@pytest.mark.parametrize("network", NETWORKS)
def test_equal_at_training_size(network: Callable[[], keras.Model], equal: Equal) -> None:
    conversion = equal(network())
    assert conversion.channels_first
    assert conversion.window == (13, 17)
    assert conversion.model.input_shape == (None, None, None, 2)


@pytest.mark.parametrize("network", [moving_flatten, flatten_alone, permuted])
def test_cells_of_larger_images(network: Callable[[], keras.Model], equal: Equal) -> None:
    """Networks without padding of their own that a crop would not see."""
    classifier = network()
    conversion = equal(classifier)
    image = np.random.default_rng(2).random((20, 21, 2), dtype=np.float32)
    scores = conversion.forward(image[np.newaxis])[0]
    scores_of = reference(classifier, conversion)
    for row, col in [(1, 1), (3, 2)]:
        x, y, width, height = conversion.geometry.box(row, col)
        difference = np.abs(scores[row, col] - scores_of(image[np.newaxis, y : y + height, x : x + width])[0]).max()
        assert (difference < 1e-5) == conversion.exact


def turns_native_maps() -> bool:
    """Return whether TensorFlow has a convolution with channels first here: on a processor only oneDNN brings one."""
    maps, kernel = np.ones((1, 1, 2, 2), np.float32), np.ones((1, 1, 1, 1), np.float32)
    try:
        keras.ops.conv(maps, kernel, data_format="channels_first")
    except (tf.errors.UnimplementedError, tf.errors.InvalidArgumentError):
        return False
    return True


@pytest.mark.parametrize("network", NETWORKS)
def test_reference_is_the_classifier_where_tensorflow_can_run_it(
    network: Callable[[], keras.Model], spread: Callable[[keras.Model, int], keras.Model]
) -> None:
    if not turns_native_maps():
        pytest.skip("TensorFlow has no convolution with channels first here")
    classifier = spread(network(), 3)
    images = np.random.default_rng(2).random((5, 13, 17, 2), dtype=np.float32)
    own = np.asarray(classifier(np.moveaxis(images, -1, 1), training=False))
    found = reference(classifier, convolutionalize(classifier))(images)
    np.testing.assert_allclose(found, own, rtol=0, atol=ROUNDING * np.abs(own).max())


def convolved(maps: np.ndarray, kernel: np.ndarray, stride: int, dilation: int, groups: int) -> np.ndarray:
    """Return a convolution without padding, `(C, H, W)` with a kernel `(h, w, C / groups, F)`, sum by sum."""
    height, width, channels, filters = kernel.shape
    tall, wide = ((side - 1) * dilation + 1 for side in (height, width))
    rows, cols = ((side - size) // stride + 1 for side, size in zip(maps.shape[1:], (tall, wide), strict=True))
    found = np.zeros((filters, rows, cols))
    for f, row, col in np.ndindex(found.shape):
        top, left, first = row * stride, col * stride, f * groups // filters * channels
        seen = maps[first : first + channels, top : top + tall : dilation, left : left + wide : dilation]
        found[f, row, col] = np.sum(seen.transpose(1, 2, 0) * kernel[..., f], dtype=np.float64)
    return found


@given(
    st.tuples(st.integers(1, 3), st.integers(1, 3)),
    st.sampled_from([(1, 1), (2, 1), (1, 2)]),
    st.sampled_from([1, 2]),
    st.booleans(),
)
@settings(max_examples=15)
def test_reference_is_a_convolution_by_its_definition(
    size: tuple[int, int], steps: tuple[int, int], groups: int, bias: bool
) -> None:
    stride, dilation = steps
    knobs = {"strides": stride, "dilation_rate": dilation, "groups": groups, "use_bias": bias}
    classifier = keras.Sequential(
        [
            keras.Input((4, 7, 8)),
            # More filters than columns: Keras 3.15 adds a bias of as many numbers as columns to the columns.
            layers.Conv2D(10, size, name="conv", **knobs, **FIRST),
            layers.Flatten(name="flatten"),
            layers.Dense(1, name="sum"),
        ]
    )
    rng = np.random.default_rng(4)
    weights = [rng.normal(size=weight.shape).astype(np.float32) for weight in classifier.get_weights()]
    classifier.set_weights(weights)
    images = rng.random((2, 7, 8, 4), dtype=np.float32)
    found = reference(classifier, convolutionalize(classifier))(images)[:, 0]
    kernel, offsets = weights[0], weights[1] if bias else np.zeros(10)
    for image, score in zip(images, found, strict=True):
        maps = convolved(np.moveaxis(image, -1, 0), kernel, stride, dilation, groups) + offsets[:, None, None]
        assert score == pytest.approx(maps.reshape(-1) @ weights[-2][:, 0] + weights[-1][0], abs=1e-4)


def test_keras_set_to_channels_first(equal: Equal) -> None:
    """What Keras takes for granted is a person's setting; a conversion does not depend on it."""
    try:
        keras.config.set_image_data_format("channels_first")
        classifier = ending(
            layers.Conv2D(3, 3, strides=2, padding="same", name="conv"),
            layers.GlobalMaxPooling2D(name="pool"),
            layers.Dense(4, name="classes"),
        )
        assert equal(classifier).channels_first
        last = keras.Sequential(
            [
                keras.Input((13, 17, 2), name="image"),
                layers.Rescaling([[[2.0, 3.0]]], offset=[[[-1.0, 1.0]]], name="rescale"),
                layers.Conv2D(3, 3, strides=2, padding="same", data_format="channels_last", name="conv"),
                layers.GlobalMaxPooling2D(data_format="channels_last", name="pool"),
                layers.Dense(4, name="classes"),
            ]
        )
        assert not equal(last).channels_first
    finally:
        keras.config.set_image_data_format("channels_last")


def test_permuted_input_is_channels_last(equal: Equal) -> None:
    classifier = keras.Sequential(
        [
            keras.Input((9, 8, 2), name="image"),
            layers.Permute((3, 1, 2), name="first"),
            layers.Conv2D(3, 3, name="conv", **FIRST),
            layers.Flatten(name="flatten"),
            layers.Dense(3, name="classes"),
        ]
    )
    assert not equal(classifier).channels_first


@pytest.mark.parametrize(
    ("tail", "where", "received"),
    [
        ([layers.Conv2D(2, 3, name="a", **FIRST), layers.Conv2D(2, 1, name="b")], "'b'", "reads channels_last"),
        ([layers.Conv2D(2, 3, name="a", **FIRST), layers.Dense(3, name="b")], "'b'", "last axis"),
        ([layers.Conv2D(2, 3, name="a", **FIRST), layers.Activation("softmax", name="b")], "'b'", "last axis"),
        ([layers.Conv2D(2, 3, activation="softmax", name="b", **FIRST)], "'b'", "last axis"),
        ([layers.Conv2D(2, 3, name="a", **FIRST), layers.BatchNormalization(name="b")], "'b'", "axis -1"),
        ([layers.Conv2D(2, 3, name="a", **FIRST), layers.Rescaling([1.0] * 15, name="b")], "'b'", "constant"),
        ([layers.Conv2D(2, 3, name="a", **FIRST), layers.Permute((1, 3, 2), name="b")], "'b'", "permutes"),
        ([layers.Conv2D(2, 3, name="a", **FIRST), layers.PReLU(shared_axes=[1, 2], name="b")], "'b'", "slope"),
        (
            [layers.GlobalMaxPooling2D(keepdims=True, name="a", **FIRST), layers.Dense(3, name="b")],
            "'b'",
            "last axis",
        ),
        (
            [layers.Conv2D(2, 1, name="a"), layers.Flatten(name="b", **FIRST)],
            "'b'",
            "rows for channels",
        ),
    ],
)
def test_refused(tail: list[Any], where: str, received: str) -> None:
    with pytest.raises(InputError) as caught:
        convolutionalize(ending(*tail))
    assert where in caught.value.where
    assert received in caught.value.received
