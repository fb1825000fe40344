"""Arithmetic signs and functions of keras.ops between layers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, ops

from fullconv.convert.conversion import Conversion, convolutionalize
from fullconv.convert.rules.per_number import ELEMENTWISE
from fullconv.convert.storage import load_conversion, save_conversion
from fullconv.errors import InputError

pytestmark = pytest.mark.numeric

Equal = Callable[..., Conversion]
Function = Callable[[Any], Any]


def around(function: Function, place: str = "map") -> keras.Model:
    """A network with a function on its feature map, on a pooled map, on a vector, or on a flattened map."""
    x = image = keras.Input((9, 11, 3), name="image")
    x = layers.Conv2D(4, 3, strides=2, name="conv")(x)
    x = function(x) if place == "map" else x
    if place in ("pooled", "vector"):
        x = function(layers.GlobalMaxPooling2D(keepdims=place == "pooled", name="pool")(x))
    x = function(layers.Flatten(name="flatten")(x)) if place == "flat" else layers.Flatten(name="flatten")(x)
    return keras.Model(image, layers.Dense(3, name="classes")(x), name="around")


SCALARS: dict[str, Function] = {
    "arithmetic": lambda x: 2.0 - (x / 0.25 + 3) * (1 / 6),
    "right-hand": lambda x: 1 / (1 + ops.exp(-x)),
    "clip": lambda x: ops.clip(x, -0.5, 0.5),
    "relu6": lambda x: ops.relu6(x + 3.0) / 6.0,
    "hard sigmoid": lambda x: x * ops.hard_sigmoid(x),
    "leaky": lambda x: ops.leaky_relu(x, negative_slope=0.4),
    "gelu": lambda x: ops.gelu(x, approximate=False),
    "power": lambda x: ops.power(ops.absolute(x), 0.5) + ops.square(x) + ops.sqrt(ops.relu(x)),
    "extremes": lambda x: ops.maximum(x, -0.3) + ops.minimum(0.2, x) + ops.silu(x) + ops.tanh(x) + ops.elu(x),
    "twice the same": lambda x: x * x - x,
    "array of one": lambda x: x * np.float32([2.0]),
    "zero-dimensional": lambda x: x * np.float32(2) + ops.convert_to_tensor(0.5),
    "cast": lambda x: ops.cast(ops.cast(x, "float64"), "float32") * 2,
}


@pytest.mark.parametrize("place", ["map", "pooled", "vector", "flat"])
@pytest.mark.parametrize("name", SCALARS)
def test_numbers(name: str, place: str, equal: Equal) -> None:
    equal(around(SCALARS[name], place))


CHANNELS = np.float32([0.5, -1, 2, 3])


@pytest.mark.parametrize("place", ["map", "pooled", "vector"])
def test_one_constant_per_channel(place: str, equal: Equal) -> None:
    equal(around(lambda x: (x - CHANNELS) * CHANNELS.reshape((1,) * (len(x.shape) - 1) + (4,)), place))
    equal(around(lambda x: ops.convert_to_tensor(CHANNELS) / (ops.sigmoid(x) + 1), place))


@pytest.mark.parametrize("place", ["map", "pooled", "vector"])
def test_along_channels(place: str, equal: Equal) -> None:
    equal(around(lambda x: ops.softmax(x) + ops.log_softmax(x, axis=len(x.shape) - 1), place))


def test_two_tensors(equal: Equal) -> None:
    """Branches, a gate of one channel, and a gate from the whole map."""
    image = keras.Input((9, 11, 3), name="image")
    one = layers.Conv2D(4, 3, padding="same", name="one")(image)
    two = layers.Conv2D(1, 3, padding="same", activation="sigmoid", name="two")(image)
    x = one * two + ops.maximum(one, two)
    x = x * ops.sigmoid(ops.mean(x, axis=[1, 2], keepdims=True))
    x = x + ops.max(x, axis=(-3, -2), keepdims=True)
    x = ops.mean(x, axis=(1, 2))
    conversion = equal(keras.Model(image, layers.Dense(3, name="classes")(x)))
    assert sum("summary of the whole map" in note for note in conversion.notes) == 2


def test_cells_of_larger_images(equal: Equal) -> None:
    classifier = around(lambda x: ops.hard_sigmoid(x * CHANNELS) / 2)
    conversion = equal(classifier)
    image = np.random.default_rng(0).random((1, 13, 15, 3), dtype=np.float32)
    scores = conversion.forward(image)[0]
    assert conversion.exact
    assert scores.shape[:2] == (3, 3)
    for row, col in np.ndindex(3, 3):
        x, y, width, height = conversion.geometry.box(row, col)
        np.testing.assert_allclose(scores[row, col], classifier(image[:, y : y + height, x : x + width])[0], atol=1e-5)


def test_per_cell_head_drops_a_mean(equal: Equal) -> None:
    image = keras.Input((9, 11, 3), name="image")
    x = layers.Conv2D(4, 3, name="conv")(image)
    classifier = keras.Model(image, layers.Dense(3, name="classes")(ops.mean(x, axis=(1, 2))))
    assert convolutionalize(classifier, "cell").cellwise


def test_saved(tmp_path: Path, spread: Callable[[keras.Model, int], keras.Model]) -> None:
    """Twice the same bytes, whatever was made in between, and loaded to the same scores."""
    classifier = spread(around(lambda x: ops.softmax((x - CHANNELS) / 0.5)), 1)
    for name in ("a", "b"):
        conversion = convolutionalize(classifier)
        save_conversion(conversion, tmp_path / f"{name}.keras")
        around(lambda x: ops.softmax(x - CHANNELS))
    assert (tmp_path / "a.keras").read_bytes() == (tmp_path / "b.keras").read_bytes()
    images = np.random.default_rng(0).random((2, 12, 12, 3), dtype=np.float32)
    np.testing.assert_array_equal(load_conversion(tmp_path / "b.keras").forward(images), conversion.forward(images))


def test_listed_names_are_those_of_keras() -> None:
    assert {name for name in ELEMENTWISE if hasattr(ops, name)} >= {"add", "true_divide", "relu6", "hard_sigmoid"}
    assert sum(hasattr(ops, name) for name in ELEMENTWISE) >= 50


PLACES = np.arange(20, dtype=np.float32).reshape(4, 5, 1)


@pytest.mark.parametrize(
    ("function", "place", "received"),
    [
        (lambda x: ops.mean(x, axis=(1, 3), keepdims=True), "map", "axes (1, 3)"),
        (lambda x: ops.cumsum(x, axis=1), "map", "axis 1"),
        (lambda x: x - PLACES, "map", "(4, 5, 1)"),
        (lambda x: x - np.zeros((3, 1, 1, 4), np.float32), "map", "(3, 1, 1, 4)"),
        (lambda x: ops.softmax(x, axis=1), "map", "axis 1"),
        (lambda x: ops.clip(x, CHANNELS - 9, CHANNELS), "map", "arrays"),
        (lambda x: ops.clip(x, [0.0, 0.1, 0.2, 0.3], 1.0), "map", "x_min"),
        (lambda x: ops.reshape(x, (-1, 20, 4)), "map", "reshape"),
        (lambda x: ops.transpose(x, (0, 2, 1, 3)), "map", "transpose"),
        (lambda x: x * keras.Variable(2.0), "map", "Variable"),
    ],
)
def test_refused(function: Function, place: str, received: str) -> None:
    with pytest.raises(InputError) as caught:
        convolutionalize(around(function, place))
    assert caught.value.where.startswith("operator")
    assert received in caught.value.received
    assert caught.value.mend


def test_vector_beside_a_map_is_refused() -> None:
    """Without a layer the vector (N, C) meets columns and channels."""
    image = keras.Input((4, 1, 3), name="image")
    x = layers.Conv2D(3, 1, name="conv")(image)
    x = layers.Reshape((4, 1, 3))(x * layers.GlobalMaxPooling2D(name="pool")(x))
    with pytest.raises(InputError, match="vector and a map"):
        convolutionalize(keras.Model(image, layers.Dense(2)(layers.Flatten(name="flatten")(x))))
