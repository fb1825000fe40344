"""What a cell depends on, by its gradient, against what the geometry says.

Weights are positive and layers linear, so that nothing cancels. Strides and dilation leave holes: the field is the
smallest box around the pixels that matter.
"""

from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from keras import layers

from fullconv.convert.conversion import Conversion, convolutionalize
from fullconv.convert.geometry import Geometry
from fullconv.errors import InputError


def positive(classifier: keras.Model) -> keras.Model:
    rng = np.random.default_rng(0)
    classifier.set_weights([rng.uniform(0.5, 1, weight.shape) for weight in classifier.get_weights()])
    return classifier


def inner_cell(conversion: Conversion) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return a cell that sees no border, nor what is cropped off there, and the size of an image around it."""
    field, spare = conversion.receptive_field, conversion.window
    cell = tuple(max(0, -(-(spare[axis] - field.offset[axis]) // field.stride[axis])) for axis in (0, 1))
    size = tuple(
        field.offset[axis] + cell[axis] * field.stride[axis] + field.window[axis] + spare[axis] for axis in (0, 1)
    )
    return (cell[0], cell[1]), (size[0], size[1])


def gradient(conversion: Conversion, cell: tuple[int, int], size: tuple[int, int]) -> np.ndarray:
    """Return how much each pixel (H, W) moves a cell."""
    import tensorflow as tf

    images = tf.Variable(np.ones((1, *size, conversion.model.input_shape[-1]), dtype=np.float32))
    with tf.GradientTape() as tape:
        output = tf.reduce_sum(conversion.model(images)[:, cell[0], cell[1]])
    return np.abs(np.asarray(tape.gradient(output, images)))[0].sum(axis=-1)


def box_of(mask: np.ndarray) -> tuple[int, int, int, int]:
    rows, cols = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(cols[0]), int(rows[0]), int(cols[-1] - cols[0] + 1), int(rows[-1] - rows[0] + 1)


def check(classifier: keras.Model, head: str) -> None:
    conversion = convolutionalize(positive(classifier), head)
    cell, size = inner_cell(conversion)
    assume(size[0] * size[1] < 60_000)
    assert box_of(gradient(conversion, cell, size) > 0) == conversion.receptive_field.box(*cell)


sides = st.integers(1, 3)
strides = st.integers(1, 3)


@st.composite
def features(draw: Any) -> list[dict[str, Any]]:
    """Draw one to four layers, as plain values."""
    kinds = ["conv", "depthwise", "separable", "average", "dilated", "branch", "gate", "pad", "crop"]
    return [
        {
            "kind": draw(st.sampled_from(kinds)),
            "kernel": (draw(sides), draw(sides)),
            "stride": (draw(strides), draw(strides)),
            "padding": draw(st.sampled_from(["same", "valid"])),
            "dilation": (draw(sides), draw(sides)),
            "amounts": tuple(draw(st.tuples(st.integers(0, 2), st.integers(0, 2))) for _ in range(2)),
        }
        for _ in range(draw(st.integers(1, 4)))
    ]


def extended(x: Any, layer: dict[str, Any], name: str) -> Any:
    """Return a map after one more layer, or block of layers."""
    kernel, stride, padding = layer["kernel"], layer["stride"], layer["padding"]
    common = {"strides": stride, "padding": padding, "name": name}
    even = common | {"strides": (stride[0], stride[0])}  # all that TensorFlow has for depthwise kernels
    match layer["kind"]:
        case "conv":
            return layers.Conv2D(2, kernel, **common)(x)
        case "depthwise":
            return layers.DepthwiseConv2D(kernel, **even)(x)
        case "separable":
            return layers.SeparableConv2D(2, kernel, **even)(x)
        case "average":
            return layers.AveragePooling2D(kernel, **common)(x)
        case "dilated":
            return layers.Conv2D(2, kernel, dilation_rate=layer["dilation"], padding=padding, name=name)(x)
        case "branch":
            one = layers.Conv2D(2, kernel, strides=stride, padding="same", name=f"{name}_one")(x)
            two = layers.AveragePooling2D(1, strides=stride, name=f"{name}_two")(x)
            return layers.Add(name=name)([one, two])
        case "gate":
            summary = layers.GlobalAveragePooling2D(keepdims=True, name=f"{name}_squeeze")(x)
            return layers.Multiply(name=name)([x, layers.Conv2D(2, 1, name=f"{name}_conv")(summary)])
        case "pad":
            return layers.ZeroPadding2D(layer["amounts"], name=name)(x)
        case _:
            return layers.Cropping2D(layer["amounts"], name=name)(x)


@settings(max_examples=100, derandomize=True)
@given(
    features(),
    st.tuples(st.integers(9, 16), st.integers(9, 16)),
    st.sampled_from(["pool", "flatten"]),
    st.sampled_from(["window", "cell"]),
)
def test_random_networks(drawn: list[dict[str, Any]], size: tuple[int, int], end: str, head: str) -> None:
    x = image = keras.Input((*size, 2), name="image")
    for number, layer in enumerate(drawn):
        # A map of one row or column has no neighbours left to look at.
        if min(x.shape[1:3]) >= 8:
            x = extended(x, layer, f"layer_{number}")
    x = (layers.GlobalAveragePooling2D if end == "pool" else layers.Flatten)(name="head")(x)
    check(keras.Model(image, layers.Dense(1, name="classes")(x)), head)


def test_gate_without_holes() -> None:
    """Every pixel of the field of a gated map matters, and none outside: the gate reaches a window further."""
    x = image = keras.Input((8, 7, 1), name="image")
    x = layers.Conv2D(1, 3, name="conv")(x)
    x = layers.Multiply(name="excite")([x, layers.GlobalAveragePooling2D(keepdims=True, name="squeeze")(x)])
    classifier = keras.Model(image, layers.Dense(1, name="classes")(layers.GlobalAveragePooling2D(name="pool")(x)))
    conversion = convolutionalize(positive(classifier), "cell")
    # 6×5 cells: the summary starts 3 rows and 2 columns before the cell, whose own window is 3×3.
    assert conversion.receptive_field == Geometry(window=(8, 7), stride=(1, 1), offset=(-3, -2))
    cell, size = inner_cell(conversion)
    x, y, width, height = conversion.receptive_field.box(*cell)
    expected = np.zeros(size, dtype=bool)
    expected[y : y + height, x : x + width] = True
    np.testing.assert_array_equal(gradient(conversion, cell, size) > 0, expected)


def test_a_dot_moves_a_gated_map() -> None:
    """Away from the border a gate moves with the image."""
    x = image = keras.Input((12, 12, 1), name="image")
    x = layers.Conv2D(2, 3, strides=2, activation="swish", padding="same", name="conv")(x)
    gate = layers.Conv2D(2, 1, activation="sigmoid", name="gate")(layers.GlobalMaxPooling2D(keepdims=True)(x))
    x = layers.GlobalMaxPooling2D(name="pool")(layers.Multiply(name="excite")([x, gate]))
    conversion = convolutionalize(positive(keras.Model(image, layers.Dense(2, name="classes")(x))))
    images = np.zeros((2, 60, 60, 1), dtype=np.float32)
    images[0, 28, 30] = images[1, 30, 34] = 1
    before, after = conversion.forward(images)
    assert np.ptp(after, axis=(0, 1)).max() > 0.1
    np.testing.assert_allclose(after[5:-5, 5:-5], before[4:-6, 3:-7], atol=1e-6)


@pytest.mark.parametrize("join", [layers.Add, layers.Concatenate])
def test_paths_that_do_not_align_are_refused(join: Any) -> None:
    """As many cells at training size, at other distances."""
    image = keras.Input((7, 7, 1), name="image")
    one = layers.Conv2D(2, 3, strides=2, name="one")(image)
    two = layers.Conv2D(2, 5, name="two")(image)
    x = layers.Flatten(name="flatten")(join(name="join")([one, two]))
    with pytest.raises(InputError, match=r"'join'.*stride \(2, 2\).*stride \(1, 1\)"):
        convolutionalize(keras.Model(image, layers.Dense(2, name="classes")(x)))
