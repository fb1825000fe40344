"""What a cell of each layer has seen: by gradient, as the conversion says, and where it cannot be known."""

from pathlib import Path

import keras
import numpy as np
import pytest
import yaml
from keras import layers

from fullconv.config.schema import ModelConfig
from fullconv.convert.conversion import convolutionalize
from fullconv.convert.cost.network import cost
from fullconv.convert.cost.table import cost_rows
from fullconv.models.build import build_classifier

CONF = Path(__file__).parents[3] / "conf" / "model"
# `auto` stands for one of the others.
NAMES = sorted(path.stem for path in CONF.glob("*.yaml") if path.stem != "auto")


def measured(model: keras.Model, name: str, pixels: int) -> tuple[int, int]:
    """Return the sides of the box of pixels that move a middle cell of a layer."""
    import tensorflow as tf

    part = keras.Model(model.inputs[0], model.get_layer(name).output)
    images = tf.Variable(np.ones((1, pixels, pixels, model.input_shape[-1]), np.float32))
    with tf.GradientTape() as tape:
        output = part(images)
        cell = tf.reduce_sum(output[:, output.shape[1] // 2, output.shape[2] // 2])
    moved = np.asarray(tape.gradient(cell, images))[0].sum(axis=-1) > 0
    return tuple(int(np.ptp(np.flatnonzero(moved.any(axis=1 - axis)))) + 1 for axis in (0, 1))  # type: ignore[return-value]


def test_fields_are_those_of_the_gradient() -> None:
    image = keras.Input((64, 64, 1))
    x = layers.ZeroPadding2D(1, name="pad")(image)
    x = layers.Conv2D(2, (3, 2), strides=(2, 1), name="conv")(x)
    one = layers.Conv2D(2, 3, dilation_rate=2, padding="same", name="dilated")(x)
    two = layers.SeparableConv2D(2, (1, 4), padding="same", name="separable")(x)
    x = layers.Concatenate(name="join")([one, two])
    x = layers.AveragePooling2D((2, 3), strides=2, padding="same", name="pool")(x)
    x = layers.Cropping2D(1, name="crop")(x)
    x = layers.DepthwiseConv2D(3, strides=2, name="depthwise")(x)
    model = keras.Model(image, x)
    rng = np.random.default_rng(0)
    model.set_weights([rng.uniform(0.5, 1, weight.shape) for weight in model.get_weights()])
    table = {layer.name: layer for layer in cost(model).layers}
    for name, layer in table.items():
        if name not in ("pad", "separable"):  # alone it has holes or nothing to move
            assert layer.receptive_field == measured(model, name, 64), name
    assert table["separable"].receptive_field == measured(model, "separable", 64)
    assert table["depthwise"].stride == (8, 4)
    assert table["join"].stride == (2, 1)


@pytest.mark.parametrize("name", NAMES)
def test_the_field_of_a_conversion_is_the_same_at_every_architecture(name: str) -> None:
    config = ModelConfig(**yaml.safe_load((CONF / f"{name}.yaml").read_text()))
    side = 64 if name == "front" else 28
    classifier = build_classifier(config, (side, side, 1), 10, 0)
    conversion = convolutionalize(classifier)
    table, own = cost(conversion, (70, 80, 1)), cost(classifier)
    assert table.layers[-1].receptive_field == conversion.receptive_field.window
    assert table.layers[-1].stride == conversion.receptive_field.stride
    assert table.layers[-1].output_shape == tuple(conversion.model.compute_output_shape((1, 70, 80, 1))[1:])
    # What a padded pool becomes is pooled at stride 1 and thinned out, and that is sums.
    assert cost(conversion, (side, side, 1)).multiply_accumulates == own.multiply_accumulates
    assert table.parameters == own.parameters == classifier.count_params()
    assert own.layers[-1].receptive_field == (side, side)
    assert own.layers[-1].stride is None
    assert table.complete
    assert own.complete


def test_after_a_summary_a_cell_has_seen_the_whole_image() -> None:
    image = keras.Input((12, 10, 1))
    x = layers.Conv2D(2, 3, name="conv")(image)
    gate = layers.Conv2D(2, 1, name="gate")(layers.GlobalAveragePooling2D(keepdims=True, name="squeeze")(x))
    x = layers.Multiply(name="excite")([x, gate])
    *named, mean = cost(keras.Model(image, keras.ops.mean(x, axis=(1, 2)))).layers
    table = {layer.name: layer for layer in named}
    assert table["conv"].receptive_field == (3, 3)
    assert all(table[name].receptive_field == (12, 10) for name in ("squeeze", "gate", "excite"))
    assert table["excite"].stride is None
    assert (mean.kind, mean.receptive_field, mean.stride) == ("mean", (12, 10), None)


def test_a_lone_cell_is_not_more_than_it_was() -> None:
    table = cost(keras.Sequential([keras.Input((8, 9, 1)), layers.Conv2D(4, (8, 3), strides=9), layers.Flatten()]))
    assert table.layers[-1].receptive_field == (8, 3)


def test_what_cannot_be_followed_has_no_field() -> None:
    image = keras.Input((8, 8, 1))
    up = layers.UpSampling2D(name="up")(layers.Conv2D(2, 2, strides=2, name="down")(image))
    x = layers.Concatenate(name="join")([image, up])
    uneven = layers.Add(name="uneven")([layers.Conv2D(2, 5, name="one")(image), layers.Conv2D(2, 2, 2)(image)])
    table = {layer.name: layer for layer in cost(keras.Model(image, [x, uneven])).layers}
    assert all(table[name].receptive_field is None for name in ("up", "join", "uneven"))
    assert cost_rows(cost(keras.Model(image, x)).as_dict())[-2][-2:] == ("?", "?")
