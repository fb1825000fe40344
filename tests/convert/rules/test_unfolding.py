"""What is computed after Flatten for each number in its own place: on the windows themselves, exactly."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, ops

from fullconv.convert.conversion import Conversion, convolutionalize
from fullconv.convert.cost.network import cost
from fullconv.convert.layers import Windows2D
from fullconv.convert.storage import load_conversion, save_conversion
from fullconv.dense.densify import densify

pytestmark = pytest.mark.numeric

Equal = Callable[..., Conversion]
Function = Callable[[Any], Any]
NUMBERS = np.random.default_rng(0).uniform(0.5, 1.5, 80).astype(np.float32)


def flat_beside_dense(x: Any) -> Any:
    return layers.Add(name="add")([x, layers.Dense(80, name="hidden")(x)])


AFTER: dict[str, Function] = {
    "normalization, then relu": lambda x: layers.ReLU(name="relu")(layers.BatchNormalization(name="norm")(x)),
    "normalization, then activation": lambda x: layers.Activation("tanh")(layers.BatchNormalization(name="norm")(x)),
    "normalization, then softmax": lambda x: layers.Softmax()(layers.BatchNormalization(name="norm")(x) * 3),
    "relu, then normalization, then relu": lambda x: layers.ReLU()(layers.BatchNormalization()(layers.ReLU()(x))),
    "slopes": lambda x: layers.PReLU(name="slope")(x),
    "layer normalization": lambda x: layers.LayerNormalization(name="norm")(x),
    "unit normalization": lambda x: layers.UnitNormalization(name="norm")(x),
    "softmax": lambda x: layers.Activation("softmax")(3 * x),
    "softmax by operator": lambda x: ops.softmax(x * 3),
    "beside a dense layer": flat_beside_dense,
    "two together": lambda x: layers.Concatenate(name="both")([x, layers.Dense(2, name="hidden")(x)]),
    "two scaled": lambda x: layers.Add()(
        [layers.BatchNormalization()(x), layers.ReLU()(layers.BatchNormalization()(x))]
    ),
    "numbers of its own": lambda x: x * NUMBERS - NUMBERS[::-1],
    "rescaling, then relu": lambda x: layers.ReLU()(layers.Rescaling(NUMBERS.tolist(), -0.5)(x)),
    "some of them": lambda x: x[:, 7:50] * 2,
    "summed": lambda x: ops.sum(x, axis=-1, keepdims=True) + ops.max(x, axis=1, keepdims=True),
    "matrix": lambda x: ops.matmul(x, np.outer(NUMBERS, NUMBERS[:3])),
    "turned round": lambda x: x[:, ::-1],
}


def after_flatten(function: Function, layout: str = "channels_last", padding: str = "valid") -> keras.Model:
    shape = (9, 11, 3) if layout == "channels_last" else (3, 9, 11)
    x = image = keras.Input(shape, name="image")
    x = layers.Conv2D(4, 3, strides=2, padding=padding, name="conv", data_format=layout)(x)
    x = function(layers.Flatten(name="flatten")(x))
    return keras.Model(image, layers.Dense(3, name="classes")(x), name="after")


@pytest.mark.parametrize("layout", ["channels_last", "channels_first"])
@pytest.mark.parametrize("name", AFTER)
def test_converts(name: str, layout: str, equal: Equal) -> None:
    conversion = equal(after_flatten(AFTER[name], layout))
    assert conversion.exact


@pytest.mark.parametrize("name", AFTER)
def test_each_cell_is_the_classifier(name: str, spread: Callable[[keras.Model, int], keras.Model]) -> None:
    classifier = spread(after_flatten(AFTER[name]), 1)
    conversion = convolutionalize(classifier)
    image = np.random.default_rng(0).random((1, 13, 15, 3), dtype=np.float32)
    scores = conversion.forward(image)[0]
    assert scores.shape[:2] == (3, 3)
    for row, col in np.ndindex(3, 3):
        x, y, width, height = conversion.geometry.box(row, col)
        np.testing.assert_allclose(scores[row, col], classifier(image[:, y : y + height, x : x + width])[0], atol=1e-5)


def test_what_a_dense_layer_takes_in_is_not_unfolded() -> None:
    classifier = after_flatten(lambda x: layers.BatchNormalization(name="norm")(layers.Dropout(0.5)(x)))
    assert not any(isinstance(layer, Windows2D) for layer in convolutionalize(classifier).model.layers)


def test_branches_flattened_in_different_orders(equal: Equal) -> None:
    image = keras.Input((6, 6, 3), name="image")
    x = layers.Conv2D(4, 3, name="conv")(image)
    rows = [layers.Flatten(name="one")(x), layers.Flatten(name="two")(layers.Permute((3, 1, 2))(x))]
    equal(keras.Model(image, layers.Dense(3, name="classes")(layers.Maximum(name="both")(rows))))


def test_saved_dense_and_its_cost(tmp_path: Path, spread: Callable[[keras.Model, int], keras.Model]) -> None:
    conversion = convolutionalize(spread(after_flatten(AFTER["normalization, then relu"], "channels_first"), 1))
    save_conversion(conversion, tmp_path / "a.keras")
    images = np.random.default_rng(0).random((2, 13, 15, 3), dtype=np.float32)
    np.testing.assert_array_equal(load_conversion(tmp_path / "a.keras").forward(images), conversion.forward(images))
    dense = densify(conversion)(images)
    np.testing.assert_allclose(dense[:, ::2, ::2], conversion.forward(images), atol=1e-5)
    rows = {row.name: row for row in cost(conversion, (13, 15, 3)).layers}
    assert rows["relu"].receptive_field == conversion.window
    assert rows["relu_windows"].multiply_accumulates == 0


def test_the_layer_alone() -> None:
    """Its order is that of Flatten."""
    maps = np.random.default_rng(0).random((2, 4, 5, 3), dtype=np.float32)
    layer = Windows2D((3, 2), name="windows")
    windows = np.asarray(layer(maps))
    assert windows.shape == (2, 2, 4, 18) == layer.compute_output_shape((2, 4, 5, 3))
    np.testing.assert_array_equal(windows[1, 1, 2], maps[1, 1:4, 2:4].reshape(-1))
    assert Windows2D.from_config(layer.get_config()).size == (3, 2)
