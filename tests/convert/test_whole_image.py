"""Head `cell` covers an image to its end: how many cells, what they are, and which networks do so."""

from collections.abc import Callable
from functools import cache
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from keras import layers

from fullconv.convert.conversion import Conversion, convolutionalize

Spread = Callable[[keras.Model, int], keras.Model]
Pair = tuple[int, int]


def begun(pixels: int, stride: int) -> int:
    """Return how many strides so many pixels begin."""
    return -(-pixels // stride)


def cells(conversion: Conversion, size: Pair) -> Pair:
    shape = (1, *size, conversion.model.input_shape[-1])
    rows, cols = conversion.model.compute_output_shape(shape)[1:3]
    assert conversion.forward(np.zeros(shape, np.float32)).shape[1:3] == (rows, cols)
    return rows, cols


sides = st.integers(1, 4)
sizes = st.tuples(st.integers(9, 20), st.integers(9, 20))
more = st.tuples(st.integers(0, 30), st.integers(0, 30))


@st.composite
def features(draw: Any) -> list[dict[str, Any]]:
    """Draw one to four layers, as plain values."""
    kinds = ["conv", "conv", "max", "mean", "pad", "crop"]
    return [
        {
            "kind": draw(st.sampled_from(kinds)),
            "kernel": (draw(sides), draw(sides)),
            "stride": (draw(sides), draw(sides)),
            "padding": draw(st.sampled_from(["same", "valid"])),
            "amounts": tuple(draw(st.tuples(st.integers(0, 2), st.integers(0, 2))) for _ in range(2)),
        }
        for _ in range(draw(st.integers(1, 4)))
    ]


def made(layer: dict[str, Any]) -> Any:
    kernel, stride, padding = layer["kernel"], layer["stride"], layer["padding"]
    match layer["kind"]:
        case "conv":
            return layers.Conv2D(3, kernel, strides=stride, padding=padding, activation="tanh")
        case "max":  # no padding: a conversion may repeat the last maximum where Keras' `same` would look once more
            return layers.MaxPooling2D(kernel, strides=stride)
        case "mean":
            return layers.AveragePooling2D(2, strides=min(stride), padding=padding)
        case "pad":
            return layers.ZeroPadding2D(layer["amounts"])
        case _:
            return layers.Cropping2D(layer["amounts"])


def network(drawn: list[dict[str, Any]], size: Pair) -> keras.Model:
    """Return a network that pads and ends in a pool over several cells; layers that do not fit are left out."""
    x = image = keras.Input((*size, 2))
    for layer in drawn:
        if min(x.shape[1:3]) >= 6:
            x = made(layer)(x)
    x = layers.Conv2D(2, 3, padding="same", name="last")(x)
    return keras.Model(image, layers.Dense(3, activation="softmax")(layers.GlobalAveragePooling2D(name="pool")(x)))


def by_hand(classifier: keras.Model, image: np.ndarray) -> np.ndarray:
    """Return the head on every cell, each layer padded before as at training size, and without end behind."""
    window, stride, x = classifier.input_shape[1:3], [1, 1], image
    for layer in classifier.layers[1:]:
        if isinstance(layer, layers.GlobalAveragePooling2D):
            continue
        if isinstance(layer, layers.Conv2D | layers.MaxPooling2D | layers.AveragePooling2D):
            kernel = getattr(layer, "kernel_size", None) or layer.pool_size
            before, wanted = [], []
            for axis in (0, 1):
                size, cells = layer.input.shape[1 + axis], layer.output.shape[1 + axis]
                missing = max(0, (cells - 1) * layer.strides[axis] + kernel[axis] - size)
                before.append(missing // 2 if layer.padding == "same" else 0)
                stride[axis] *= layer.strides[axis]
                longer = begun(image.shape[axis], stride[axis]) - begun(window[axis], stride[axis])
                wanted.append(cells + longer)
            frame = [*zip(before, (30, 30), strict=True), (0, 0)]
            x = applied(layer, x, frame)[: wanted[0], : wanted[1]]
        else:
            x = np.asarray(layer(x[np.newaxis]))[0]
    return x


def applied(layer: Any, x: np.ndarray, frame: list[Pair]) -> np.ndarray:
    """Return a layer without padding of its own on a framed map; no pool counts the frame."""
    plain = type(layer).from_config(layer.get_config() | {"padding": "valid"})
    plain.build((1, *x.shape))
    plain.set_weights(layer.get_weights())
    maximum = isinstance(layer, layers.MaxPooling2D)
    result = plain(np.pad(x, frame, constant_values=-1e9 if maximum else 0)[np.newaxis])
    if isinstance(layer, layers.AveragePooling2D):
        shares = plain(np.pad(np.ones_like(x), frame)[np.newaxis])
        result = np.divide(result, shares, out=np.zeros(result.shape, np.float32), where=np.asarray(shares) > 0)
    return np.asarray(result)[0]


@settings(max_examples=60, derandomize=True)
@given(features(), sizes, more)
def test_every_cell_of_padded_networks(spread: Spread, drawn: list[dict[str, Any]], size: Pair, more: Pair) -> None:
    classifier = network(drawn, size)
    assume(classifier.get_layer("pool").input.shape[1:3] != (1, 1))
    spread(classifier, 0)
    conversion = convolutionalize(classifier, "cell")
    image = np.random.default_rng(1).normal(0, 1, (size[0] + more[0], size[1] + more[1], 2)).astype(np.float32)
    expected = by_hand(classifier, image)
    np.testing.assert_allclose(conversion.forward(image[np.newaxis])[0], expected, atol=1e-5)
    trained, stride = classifier.get_layer("pool").input.shape[1:3], conversion.geometry.stride
    for axis in (0, 1):
        longer = begun(image.shape[axis], stride[axis]) - begun(size[axis], stride[axis])
        assert expected.shape[axis] == trained[axis] + longer


@settings(max_examples=25, derandomize=True)
@given(features(), sizes, more)
def test_first_cells_stay(spread: Spread, drawn: list[dict[str, Any]], size: Pair, more: Pair) -> None:
    """Cells that see neither end score alike on images of two sizes."""
    conversion = convolutionalize(spread(network(drawn, size), 0), "cell")
    assume(conversion.cellwise and max(conversion.receptive_field.window) < 150)
    whole = np.random.default_rng(1).random((1, 290, 291, 2), dtype=np.float32)
    part = whole[:, : 260 + more[0] % 30, : 261 + more[1] % 30]
    field = conversion.receptive_field
    # Layers that crop move the places where later ones pad.
    rows, cols = (
        (part.shape[1 + axis] - 100 - field.offset[axis] - field.window[axis]) // field.stride[axis] for axis in (0, 1)
    )
    assume(min(rows, cols) > 0)
    one, other = (conversion.forward(images)[:, :rows, :cols] for images in (part, whole))
    np.testing.assert_allclose(one, other, atol=1e-5)


def asymmetric(size: Pair = (32, 48)) -> keras.Model:
    """Padding after, not before, as TensorFlow has it at even sizes; stride 16."""
    x = image = keras.Input((*size, 3))
    for number in range(4):
        x = layers.Conv2D(4, 1, activation="relu6")(x)
        # What TensorFlow's `same` and Keras' MobileNetV2 have.
        if number % 2:
            x = layers.ZeroPadding2D(((0, 1), (0, 1)))(x)
        x = layers.DepthwiseConv2D(3, strides=2, padding="valid" if number % 2 else "same")(x)
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(6, 1, activation="relu6")(x))
    return keras.Model(image, layers.Dense(4, activation="softmax")(x))


def branching(size: Pair = (32, 40)) -> keras.Model:
    """Ways of unlike kernels, padding and strides that meet again, and a pool inside; stride 8."""
    image = keras.Input((*size, 3))
    x = layers.Conv2D(4, 7, strides=2)(layers.ZeroPadding2D(3)(image))
    one = layers.Conv2D(4, 3, strides=2, padding="same", activation="relu")(x)
    two = layers.Conv2D(4, 1, strides=2)(x)
    three = layers.MaxPooling2D(3, strides=2)(layers.ZeroPadding2D(1)(x))
    four = layers.AveragePooling2D(2, padding="same")(x)
    x = layers.Concatenate()([layers.Add()([one, two]), three, four])
    x = layers.Multiply()(
        [x, layers.Conv2D(12, 1, activation="sigmoid")(layers.GlobalAveragePooling2D(keepdims=True)(x))]
    )
    x = layers.Add()(
        [layers.MaxPooling2D(3, strides=2, padding="same")(x), layers.Conv2D(12, 5, strides=2, padding="same")(x)]
    )
    return keras.Model(image, layers.Dense(4, activation="softmax")(layers.GlobalMaxPooling2D()(x)))


def two_summaries(size: Pair = (32, 40)) -> keras.Model:
    """A map weighed by pools over itself and over one of half its stride; stride 8."""
    image = keras.Input((*size, 3))
    fine = layers.Conv2D(4, 3, strides=4, padding="same")(image)
    x = layers.Conv2D(4, 3, strides=2, padding="same", activation="relu")(fine)
    summaries = [layers.GlobalAveragePooling2D(keepdims=True)(each) for each in (fine, x)]
    x = layers.Multiply()([x, layers.Conv2D(4, 1, activation="sigmoid")(layers.Concatenate()(summaries))])
    return keras.Model(image, layers.Dense(4, activation="softmax")(layers.GlobalMaxPooling2D()(x)))


@cache
def of_cells(make: Callable[[], keras.Model]) -> Conversion:
    return convolutionalize(make(), "cell")


@settings(max_examples=40, derandomize=True)
@given(st.sampled_from([asymmetric, branching, two_summaries]), more)
def test_a_cell_for_each_stride_that_the_image_begins(make: Callable[[], keras.Model], more: Pair) -> None:
    conversion = of_cells(make)
    size = (conversion.window[0] + more[0], conversion.window[1] + more[1])
    stride = conversion.geometry.stride
    assert cells(conversion, size) == (begun(size[0], stride[0]), begun(size[1], stride[1]))


@settings(max_examples=30, derandomize=True)
@given(sizes, more)
def test_windows_that_are_no_whole_strides(size: Pair, more: Pair) -> None:
    """Padding alone decides: any window, any image."""
    conversion = convolutionalize(branching((size[0] + 16, size[1] + 16)), "cell")
    larger = (size[0] + 16 + more[0], size[1] + 16 + more[1])
    assert cells(conversion, larger) == (begun(larger[0], 8), begun(larger[1], 8))


def test_a_pool_at_the_end_of_an_image_repeats_it() -> None:
    """Neither a maximum of numbers below 0 nor a mean counts anything that is not in the image."""
    image = keras.Input((16, 16, 1))
    x = layers.Conv2D(1, 3, padding="same", name="conv")(image)
    x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
    x = layers.Concatenate()([layers.MaxPooling2D(4, strides=2)(x), layers.AveragePooling2D(4, strides=2)(x)])
    classifier = keras.Model(image, layers.Dense(2, use_bias=False, name="classes")(layers.GlobalAveragePooling2D()(x)))
    identity = np.zeros((3, 3, 1, 1), np.float32)
    identity[1, 1] = 1
    classifier.get_layer("conv").set_weights([identity, np.zeros(1, np.float32)])
    classifier.get_layer("classes").set_weights([np.eye(2, dtype=np.float32)])
    scores = convolutionalize(classifier, "cell").forward(np.full((1, 25, 30, 1), -5, np.float32))
    assert scores.shape == (1, 6, 7, 2)
    np.testing.assert_array_equal(scores, -5)


def unpadded() -> keras.Model:
    image = keras.Input((23, 23, 1))
    x = layers.MaxPooling2D(2)(layers.Conv2D(2, 3)(image))
    return keras.Model(image, layers.Dense(2)(layers.GlobalAveragePooling2D()(layers.Conv2D(2, 3, strides=2)(x))))


def flattened() -> keras.Model:
    image = keras.Input((24, 24, 1))
    x = layers.MaxPooling2D(2)(layers.Conv2D(2, 3, padding="same")(image))
    return keras.Model(image, layers.Dense(2)(layers.Flatten()(layers.Conv2D(2, 3, strides=2, padding="same")(x))))


@pytest.mark.parametrize("make", [unpadded, flattened])
def test_cells_that_see_nothing_beyond_the_image_or_are_windows_are_whole(make: Callable[[], keras.Model]) -> None:
    window, cell = convolutionalize(make()), convolutionalize(make(), "cell")
    trained = cells(cell, cell.window)
    for longer in range(9):
        size = (cell.window[0] + longer, cell.window[1] + 2 * longer)
        rows, cols = cells(window, size)
        assert cells(cell, size) == (trained[0] + rows - 1, trained[1] + cols - 1)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ResNet50", "MobileNetV2", "DenseNet121", "EfficientNetB0"])
def test_a_map_of_800_by_600_pixels_has_25_by_19_cells(name: str) -> None:
    classifier = getattr(keras.applications, name)(weights=None)
    assert cells(convolutionalize(classifier, "cell"), (600, 800)) == (19, 25)
    assert cells(convolutionalize(classifier), (600, 800)) == (12, 19)
