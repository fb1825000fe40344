"""What strangers do to an image inside their network: channels turned round, chosen, weighed; what is refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers, ops
from keras.applications import densenet, mobilenet_v2, resnet50

from fullconv.convert.conversion import Conversion, convolutionalize
from fullconv.convert.cost.network import cost
from fullconv.convert.storage import load_conversion, save_conversion
from fullconv.dense.densify import densify
from fullconv.errors import InputError

pytestmark = pytest.mark.numeric

Equal = Callable[..., Conversion]
Function = Callable[[Any], Any]
GREY = np.float32([[0.3], [0.6], [0.1]])


def before(function: Function, shape: tuple[int, ...] = (9, 11, 3), layout: str = "channels_last") -> keras.Model:
    """A classifier whose images go through a function first."""
    image = keras.Input(shape, name="image")
    x = layers.Conv2D(4, 3, strides=2, name="seen", data_format=layout)(function(image))
    x = layers.GlobalAveragePooling2D(name="pool", data_format=layout)(x)
    return keras.Model(image, layers.Dense(3, name="classes")(x), name="before")


PIXELWISE: dict[str, Function] = {
    "caffe": lambda x: resnet50.preprocess_input(x) / 100,
    "tf": lambda x: mobilenet_v2.preprocess_input(x * 255.0),
    "torch": lambda x: densenet.preprocess_input(x * 255.0),
    "turned round": lambda x: x[..., ::-1],
    "turned round, all axes": lambda x: x[:, :, :, ::-1],
    "flip": lambda x: ops.flip(x, axis=-1),
    "flip by number": lambda x: ops.flip(x, axis=3),
    "one channel": lambda x: x[..., 0:1],
    "two channels": lambda x: x[:, :, :, 1:],
    "one, without its axis, and back": lambda x: x[..., 1][..., None],
    "expand": lambda x: ops.expand_dims(x[..., 2], axis=-1),
    "squeeze": lambda x: ops.expand_dims(ops.squeeze(x[..., :1], axis=-1), axis=3),
    "take": lambda x: ops.take(x, [2, 1, 0], axis=-1),
    "take an array": lambda x: ops.take(x, np.array([2, 0]), axis=-1),
    "split": lambda x: ops.concatenate(ops.split(x, 3, axis=-1)[::-1], axis=-1),
    "split at": lambda x: ops.split(x, [1], axis=-1)[1],
    "unstack": lambda x: ops.stack(ops.unstack(x, axis=-1)[::-1], axis=-1),
    "each its own": lambda x: ops.concatenate([(x[..., n : n + 1] - 0.1 * n) / s for n, s in enumerate((1, 2, 3))], -1),
    "planes": lambda x: ops.stack([x[..., 2] - 0.4, x[..., 1] / 0.2, ops.relu(x[..., 0] - 0.5)], axis=-1),
    "planes by layers": lambda x: ops.stack(
        [layers.Rescaling(2.0)(x[..., 2]), layers.ReLU()(x[..., 0] - 0.5)], axis=-1
    ),
    "layer of slices": lambda x: layers.Concatenate()([x[..., 2:], x[..., 1:2], x[..., :1]]),
    "grey to three": lambda x: ops.repeat(x[..., :1], 3, axis=-1),
    "tiled": lambda x: ops.tile(x[..., 1:2], [1, 1, 1, 3]),
    "rolled": lambda x: ops.roll(x, 1, axis=-1),
    "there and back": lambda x: ops.transpose(ops.transpose(x, (0, 3, 1, 2)), (0, 2, 3, 1)),
    "axes swapped twice": lambda x: ops.moveaxis(ops.moveaxis(x, -1, 1)[:, ::-1], 1, -1),
    "reshaped to itself": lambda x: ops.reshape(x, (-1, 9, 11, 3)),
    "constants": lambda x: (x - np.array([0.1, 0.2, 0.3])) / ops.convert_to_tensor([0.5, 0.2, 0.3]),
    "sum": lambda x: ops.sum(x, axis=-1, keepdims=True),
    "mean, without its axis": lambda x: ops.expand_dims(ops.mean(x, axis=-1), -1),
    "maximum": lambda x: ops.max(x, axis=3, keepdims=True) - ops.min(x, axis=-1, keepdims=True),
    "where the maximum is": lambda x: ops.cast(ops.argmax(x, axis=-1, keepdims=True), "float32") + x[..., :1],
    "median": lambda x: ops.median(x, axis=-1, keepdims=True),
    "other colours": lambda x: ops.image.rgb_to_hsv(x),
    "normalized": lambda x: ops.normalize(x, axis=-1),
    "cumulated": lambda x: ops.cumsum(x, axis=-1),
    "matrix": lambda x: ops.matmul(x, GREY),
    "at": lambda x: x @ GREY,
    "dot": lambda x: ops.dot(x, GREY),
    "tensordot": lambda x: ops.tensordot(x, GREY, axes=[[3], [0]]),
    "tensordot of one": lambda x: ops.tensordot(x, GREY, axes=1),
    "einsum": lambda x: ops.einsum("bhwc,cd->bhwd", x, GREY),
    "einsum with dots": lambda x: ops.einsum("...c,cd->...d", x, GREY),
    "grey": lambda x: ops.image.rgb_to_grayscale(x),
    "where": lambda x: ops.where(x > 0.3, x, 0.0),
    "weights of a sum": lambda x: ops.expand_dims(0.3 * x[..., 0] + 0.6 * x[..., 1] + 0.1 * x[..., 2], -1),
}
SPATIAL: dict[str, Function] = {
    "crop": lambda x: x[:, 1:-1, 2:, :],
    "crop and turn round": lambda x: x[:, 1:8, 1:10, ::-1],
    "every second": lambda x: x[:, ::2, ::2],
    "every second of a part": lambda x: x[:, 1:8:2, :, :],
}


def check_crops(classifier: keras.Model, conversion: Conversion) -> None:
    """A cell of a larger image is the classifier on its window."""
    image = np.random.default_rng(0).random((1, 15, 17, 3), dtype=np.float32)
    scores = conversion.forward(image)[0]
    assert min(scores.shape[:2]) > 1
    for row, col in np.ndindex(*scores.shape[:2]):
        x, y, width, height = conversion.geometry.box(row, col)
        np.testing.assert_allclose(scores[row, col], classifier(image[:, y : y + height, x : x + width])[0], atol=1e-5)


@pytest.mark.filterwarnings("ignore:NotImplemented should not:DeprecationWarning")  # Keras' own tensordot
@pytest.mark.parametrize("name", [*PIXELWISE, *SPATIAL])
def test_converts(name: str, equal: Equal) -> None:
    classifier = before({**PIXELWISE, **SPATIAL}[name])
    conversion = equal(classifier)
    assert conversion.exact
    check_crops(classifier, conversion)


FIRST: dict[str, Function] = {
    "caffe": lambda x: resnet50.preprocess_input(x, data_format="channels_first") / 100,
    "torch": lambda x: densenet.preprocess_input(x * 255.0, data_format="channels_first"),
    "turned round": lambda x: x[:, ::-1],
    "stacked": lambda x: ops.stack([x[:, 2], x[:, 0]], axis=1),
    "mean": lambda x: ops.mean(x, axis=1, keepdims=True),
    "grey": lambda x: ops.image.rgb_to_grayscale(x, data_format="channels_first"),
}


@pytest.mark.parametrize("name", FIRST)
def test_channels_first(name: str, equal: Equal) -> None:
    conversion = equal(before(FIRST[name], (3, 9, 11), "channels_first"))
    assert conversion.channels_first
    assert conversion.window == (9, 11)


@pytest.mark.parametrize("mode", ["caffe", "tf", "torch"])
def test_a_network_of_the_shelf(mode: str, equal: Equal) -> None:
    """The pretrained network nested behind its preprocessing, as tutorials write it."""
    image = keras.Input((32, 32, 3), name="image")
    inner = keras.Sequential([keras.Input((32, 32, 3)), layers.Conv2D(4, 3, activation="relu"), layers.MaxPooling2D()])
    x = inner(PIXELWISE[mode](image))
    conversion = equal(keras.Model(image, layers.Dense(3)(layers.GlobalAveragePooling2D()(x))), atol=1e-4)
    assert conversion.exact


HEADS: dict[str, Function] = {
    "reshape to a row": lambda x: ops.reshape(x, (-1, 80)),
    "ravel of cells": lambda x: layers.Flatten()(ops.transpose(x, (0, 3, 1, 2))),
    "pooled and squeezed": lambda x: ops.squeeze(layers.GlobalMaxPooling2D(keepdims=True)(x), axis=(1, 2)),
    "pooled, one place": lambda x: layers.GlobalAveragePooling2D(keepdims=True)(x)[:, 0, 0],
    "pooled and back": lambda x: layers.Flatten()(
        layers.Conv2D(3, 1)(layers.GlobalMaxPooling2D()(x)[:, None, None, :])
    ),
    "a middle cell": lambda x: x[:, 2, 2, :],
    "two rows": lambda x: ops.concatenate(
        [layers.GlobalMaxPooling2D()(x), layers.GlobalAveragePooling2D()(x)], axis=-1
    ),
    "some channels of a vector": lambda x: layers.GlobalMaxPooling2D()(x)[:, 1:],
}


@pytest.mark.parametrize("name", HEADS)
def test_before_dense(name: str, equal: Equal) -> None:
    image = keras.Input((9, 11, 3), name="image")
    x = HEADS[name](layers.Conv2D(4, 3, strides=2, name="conv")(image))
    classifier = keras.Model(image, layers.Dense(3, name="classes")(x))
    conversion = equal(classifier)
    check_crops(classifier, conversion)


def test_parts_of_one_layer_for_two_images(equal: Equal) -> None:
    """Two images side by side in the channels, each through the same layers."""
    image = keras.Input((9, 11, 2), name="image")
    conv = layers.Conv2D(4, 3, name="conv")
    x = ops.absolute(conv(image[..., :1]) - conv(image[..., 1:]))
    equal(keras.Model(image, layers.Dense(3, name="classes")(layers.Flatten(name="flatten")(x))))


@pytest.mark.parametrize("name", ["caffe", "turned round", "sum", "matrix", "grey", "normalized", "each its own"])
def test_saved_and_dense(name: str, tmp_path: Path, spread: Callable[[keras.Model, int], keras.Model]) -> None:
    classifier = spread(before(PIXELWISE[name]), 1)
    for file in ("a.keras", "b.keras"):
        conversion = convolutionalize(classifier)
        save_conversion(conversion, tmp_path / file)
        before(PIXELWISE[name])
    assert (tmp_path / "a.keras").read_bytes() == (tmp_path / "b.keras").read_bytes()
    images = np.random.default_rng(0).random((1, 14, 15, 3), dtype=np.float32)
    np.testing.assert_array_equal(load_conversion(tmp_path / "a.keras").forward(images), conversion.forward(images))
    stitched = densify(conversion, "stitch")(images)
    for engine in ("dilate", "fragment"):
        np.testing.assert_allclose(densify(conversion, engine)(images), stitched, atol=1e-5)


def test_cost_knows_what_cells_have_seen() -> None:
    for function in (PIXELWISE["caffe"], PIXELWISE["each its own"], SPATIAL["crop"]):
        rows = {layer.name: layer for layer in cost(before(function)).layers}
        assert rows["seen"].receptive_field == (3, 3)
        assert rows["seen"].stride == (2, 2)
    assert {layer.name: layer for layer in cost(before(SPATIAL["every second"])).layers}["seen"].receptive_field == (
        5,
        5,
    )
    assert {layer.name: layer for layer in cost(convolutionalize(before(PIXELWISE["caffe"])), (20, 20, 3)).layers}[
        "seen"
    ].receptive_field == (3, 3)


def test_cost_counts_a_product_with_a_matrix() -> None:
    rows = {layer.kind: layer for layer in cost(before(PIXELWISE["matrix"])).layers}
    assert rows["matmul"].multiply_accumulates == 9 * 11 * 3


@pytest.mark.filterwarnings("ignore:NotImplemented should not:DeprecationWarning")
@pytest.mark.parametrize(
    ("function", "received"),
    [
        (lambda x: x[:, ::-1], "between cells"),
        (lambda x: ops.flip(x, axis=2), "between cells"),
        (lambda x: ops.flip(x), "between cells"),
        (lambda x: ops.transpose(x, (0, 2, 1, 3))[:, :9], "between cells"),
        (lambda x: ops.repeat(x, 2, axis=1), "between cells"),
        (lambda x: ops.roll(x, 1, axis=1), "between cells"),
        (lambda x: ops.concatenate([x, x], axis=1), "between cells"),
        (lambda x: ops.tensordot(x, np.eye(9, dtype="float32"), axes=[[1], [0]])[:, :, :, :3], "multiplies more"),
        (lambda x: ops.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]]), "pad"),
        (lambda x: ops.conv(x, np.ones((3, 3, 3, 2), "float32")), "conv"),
        (lambda x: x - np.random.default_rng(0).random((9, 11, 3)), "(9, 11, 3)"),
        (lambda x: ops.image.resize(x, (6, 6)), "resize"),
    ],
)
def test_what_mixes_cells_is_refused(function: Function, received: str) -> None:
    with pytest.raises(InputError) as caught:
        convolutionalize(before(function))
    assert received in caught.value.received
    assert len(str(caught.value)) <= 400
