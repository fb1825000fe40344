"""Layers that strangers put into classifiers: normalizations, slopes, scales, crops, pools, several heads."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from fullconv.convert.conversion import Conversion, convolutionalize
from fullconv.convert.rules.cells import TRAINING_ONLY
from fullconv.errors import InputError

pytestmark = pytest.mark.numeric

Equal = Callable[..., Conversion]
SHAPE = (10, 13, 2)


def around(layer: Any, place: str) -> keras.Model:
    """A layer on a feature map, on a pooled map, on a vector, or on a flattened map."""
    x = image = keras.Input(SHAPE, name="image")
    x = layers.Conv2D(4, 3, strides=2, name="conv")(x)
    x = layer(x) if place == "map" else x
    if place in ("pooled", "vector"):
        x = layer(layers.GlobalMaxPooling2D(keepdims=place == "pooled", name="pool")(x))
    x = layers.Flatten(name="flatten")(x)
    x = layer(x) if place == "flat" else x
    return keras.Model(image, layers.Dense(3, name="classes")(x), name="around")


CELLWISE: dict[str, Callable[[], Any]] = {
    "layer norm": lambda: layers.LayerNormalization(name="it"),
    "layer norm without beta": lambda: layers.LayerNormalization(center=False, epsilon=1e-2, name="it"),
    "rms norm": lambda: layers.RMSNormalization(name="it"),
    "unit norm": lambda: layers.UnitNormalization(name="it"),
    "batch norm": lambda: layers.BatchNormalization(scale=False, name="it"),
    "identity": lambda: layers.Identity(name="it"),
    "softmax": lambda: layers.Softmax(name="it"),
    "activation softmax": lambda: layers.Activation("softmax", name="it"),
    "gelu": lambda: layers.Activation("gelu", name="it"),
    "hard swish": lambda: layers.Activation("hard_silu", name="it"),
    "relu": lambda: layers.ReLU(6.0, negative_slope=0.1, threshold=0.1, name="it"),
    "elu": lambda: layers.ELU(0.5, name="it"),
    "normalization": lambda: layers.Normalization(axis=-1, name="it"),
    "normalization for all": lambda: layers.Normalization(axis=None, mean=0.3, variance=0.5, name="it"),
    "normalization given": lambda: layers.Normalization(
        mean=[0.1, 0.2, 0.3, 0.4], variance=[0.5, 0.6, 0.7, 0.8], name="it"
    ),
    "normalization given once": lambda: layers.Normalization(mean=0.1, variance=0.5, name="it"),
    "normalization back": lambda: layers.Normalization(invert=True, name="it"),
    "rescaling by channel": lambda: layers.Rescaling([0.5, 1, 2, 3], offset=[1, 2, 3, 4], name="it"),
    "rescaling": lambda: layers.Rescaling(0.5, offset=-1, name="it"),
    "dense": lambda: layers.Dense(4, activation="softmax", name="it"),
    "dropout": lambda: layers.AlphaDropout(0.5, name="it"),
}


@pytest.mark.parametrize("place", ["map", "pooled", "vector"])
@pytest.mark.parametrize("name", CELLWISE)
def test_cell_by_cell(name: str, place: str, equal: Equal) -> None:
    classifier = around(CELLWISE[name](), place)
    conversion = equal(classifier)
    assert conversion.model.count_params() == classifier.count_params()
    assert conversion.exact


FLAT: dict[str, Callable[[], Any]] = {
    "relu": lambda: layers.ReLU(name="it"),
    "leaky": lambda: layers.LeakyReLU(name="it"),
    "tanh": lambda: layers.Activation("tanh", name="it"),
    "one slope": lambda: layers.PReLU(shared_axes=[1], name="it"),
    "rescaling": lambda: layers.Rescaling(0.5, offset=-1, name="it"),
    "dropout": lambda: layers.Dropout(0.5, name="it"),
    "flatten": lambda: layers.Flatten(name="it"),
    "reshape": lambda: layers.Reshape((-1,), name="it"),
}


@pytest.mark.parametrize("name", FLAT)
def test_number_by_number_after_flatten(name: str, equal: Equal) -> None:
    equal(around(FLAT[name](), "flat"))


SCALES: dict[str, Callable[[], Any]] = {
    "batch norm": lambda: layers.BatchNormalization(name="it"),
    "batch norm, bare": lambda: layers.BatchNormalization(center=False, scale=False, name="it"),
    "normalization": lambda: layers.Normalization(name="it"),
    "normalization back": lambda: layers.Normalization(invert=True, name="it"),
    "normalization for all": lambda: layers.Normalization(axis=None, mean=0.3, variance=0.5, name="it"),
    "rescaling": lambda: layers.Rescaling(np.linspace(0.5, 2, 96), offset=np.linspace(-1, 1, 96), name="it"),
}


@pytest.mark.parametrize("use_bias", [False, True])
@pytest.mark.parametrize("name", SCALES)
def test_scales_of_a_flattened_map_go_into_the_dense_layer(name: str, use_bias: bool, equal: Equal) -> None:
    x = image = keras.Input((9, 8, 2), name="image")
    x = layers.Flatten(name="flatten")(layers.Conv2D(4, 3, strides=(1, 2), padding="same", name="conv")(x))
    x = layers.Dropout(0.1, name="drop")(x)
    x = layers.Rescaling(3.0, name="thrice")(x)
    scale = SCALES[name]() if name != "rescaling" else layers.Rescaling(np.linspace(0.5, 2, 144), name="it")
    x = layers.Rescaling(2.0, offset=1.0, name="twice")(scale(x))
    x = layers.Dropout(0.1, name="drop_2")(x)
    x = layers.Dense(3, use_bias=use_bias, name="classes")(x)
    conversion = equal(keras.Model(image, x))
    assert conversion.model.get_layer("classes").use_bias


@pytest.mark.parametrize(("shared", "place"), [([1, 2], "map"), ([1, 2, 3], "map"), ([1, 2], "pooled"), ([], "vector")])
def test_learnt_slope(shared: list[int], place: str, equal: Equal) -> None:
    classifier = around(layers.PReLU(shared_axes=shared or None, name="it"), place)
    assert equal(classifier).model.count_params() == classifier.count_params()


def test_center_crop(equal: Equal) -> None:
    conversion = equal(around(layers.CenterCrop(3, 2, name="it"), "map"))
    assert conversion.receptive_field.offset == (0, 4)  # 4×6 cells: 0 rows and 2 columns of 2 pixels before


def test_convolutions_of_several_groups(equal: Equal) -> None:
    equal(around(layers.Conv2D(8, 3, groups=4, padding="same", activation="gelu", name="it"), "map"))
    equal(around(layers.Conv2D(8, (2, 1), dilation_rate=(2, 3), padding="same", name="it"), "map"))


@pytest.mark.parametrize(("size", "cells"), [((4, 6), (5, 4)), ((4, 5), (5, 4))])
@pytest.mark.parametrize("pool", [layers.AveragePooling2D, layers.MaxPooling2D])
def test_pool_of_one_cell_steps_as_finely_as_it_can(
    pool: Any, size: tuple[int, int], cells: tuple[int, int], equal: Equal
) -> None:
    """A pool written out instead of a global one, and one that leaves a column unseen."""
    classifier = around(pool(size, name="it"), "map")
    conversion = equal(classifier)
    assert conversion.geometry.stride == (2, 2)
    image = np.random.default_rng(0).random((1, 18, 20, 2), dtype=np.float32)
    scores = conversion.forward(image)[0]
    assert scores.shape[:2] == cells
    for row, col in np.ndindex(*cells):
        x, y, width, height = conversion.geometry.box(row, col)
        np.testing.assert_allclose(scores[row, col], classifier(image[:, y : y + height, x : x + width])[0], atol=1e-5)


def test_several_heads(equal: Equal) -> None:
    """Two pools put together, two dense branches averaged, several dense layers."""
    image = keras.Input(SHAPE, name="image")
    x = layers.Conv2D(4, 3, strides=2, activation="relu", name="conv")(image)
    pools = [layers.GlobalMaxPooling2D(name="most")(x), layers.GlobalAveragePooling2D(name="mean")(x)]
    x = layers.LayerNormalization(name="norm")(layers.Concatenate(name="both")(pools))
    x = layers.Dense(6, activation="tanh", name="hidden")(x)
    heads = [layers.Dense(3, activation="softmax", name=name)(x) for name in ("one", "two")]
    assert equal(keras.Model(image, layers.Average(name="vote")(heads))).exact


def test_pooled_maps_added(equal: Equal) -> None:
    image = keras.Input(SHAPE, name="image")
    x = layers.Conv2D(4, 3, name="conv")(image)
    pools = [layers.GlobalMaxPooling2D(keepdims=True, name="most")(x), layers.GlobalAveragePooling2D(name="mean")(x)]
    x = layers.Flatten(name="flatten")(layers.Add(name="add")(pools))
    assert equal(keras.Model(image, layers.Dense(3, name="classes")(x))).exact


def test_shared_at_two_scales(equal: Equal) -> None:
    """One convolution, one pool and one global pool, each on two sizes of map; all pad alike."""
    conv, pool = (
        layers.Conv2D(2, 3, activation="relu", name="conv"),
        layers.MaxPooling2D(2, padding="same", name="pool"),
    )
    summary = layers.GlobalAveragePooling2D(name="mean")
    image = keras.Input((15, 14, 2), name="image")
    one = pool(conv(image))
    two = pool(conv(one))
    x = layers.Concatenate(name="both")([summary(one), summary(two)])
    classifier = keras.Model(image, layers.Dense(3, name="classes")(x))
    assert equal(classifier).model.count_params() == classifier.count_params()


def test_shared_dense_layer_after_different_scales_is_refused() -> None:
    """Its one kernel would have to be two."""
    image = keras.Input((4, 4, 2), name="image")
    flat = layers.Flatten(name="flatten")(image)
    dense = layers.Dense(3, name="dense")
    x = layers.Add(name="add")([dense(flat), dense(layers.BatchNormalization(name="norm")(flat))])
    with pytest.raises(InputError, match=r"'dense'.*shared"):
        convolutionalize(keras.Model(image, x))


def test_scaled_sum(equal: Equal) -> None:
    """Inception-ResNet's own layer: only its second input is scaled."""
    scaled = pytest.importorskip("keras.src.applications.inception_resnet_v2").CustomScaleLayer
    image = keras.Input(SHAPE, name="image")
    one, two = (layers.Conv2D(4, 3, padding="same", name=name)(image) for name in ("one", "two"))
    x = layers.GlobalMaxPooling2D(name="pool")(scaled(0.17, name="sum")([one, two]))
    equal(keras.Model(image, layers.Dense(3, name="classes")(x)))


def test_call_that_asks_for_training(equal: Equal) -> None:
    """In prediction Keras overrules a call's own `training`."""
    image = keras.Input(SHAPE, name="image")
    x = layers.Dropout(0.5, name="drop")(layers.Flatten(name="flatten")(image), training=True)
    equal(keras.Model(image, layers.Dense(3, name="classes")(x)))


def test_stale_normalization(equal: Equal) -> None:
    """set_weights() does not reach what a Normalization computes with; the conversion computes as the classifier."""
    classifier = around(layers.Normalization(name="it"), "map")
    equal(classifier)
    layer = classifier.get_layer("it")
    assert not np.allclose(np.ravel(layer.mean), layer.get_weights()[0])
    layer.finalize_state()
    equal(classifier, fill=False)


# What their constructors need; the others need nothing.
SETTINGS: dict[str, dict[str, Any]] = {
    "ActivityRegularization": {"l2": 0.1},
    "GaussianNoise": {"stddev": 1.0},
    "RandomPosterization": {"factor": 4},
    "RandomTranslation": {"height_factor": 0.5, "width_factor": 0.5},
} | {name: {"rate": 0.5} for name in ("AlphaDropout", "Dropout", "GaussianDropout", "SpatialDropout2D")}
FACTORS = ("Brightness", "ColorDegeneration", "Contrast", "Hue", "Rotation", "Saturation", "Sharpness")
SETTINGS |= {f"Random{name}": {"factor": 0.5} for name in FACTORS} | {"RandomZoom": {"height_factor": 0.5}}


@pytest.mark.parametrize("layer", TRAINING_ONLY, ids=lambda layer: layer.__name__)
def test_layers_that_act_in_training_only(layer: Any, equal: Equal) -> None:
    """Numbers above 1 and below 0 too, which some of them would clip in training."""
    image = keras.Input((10, 13, 3), name="image")
    x = layers.Rescaling(4.0, offset=-2.0, name="signed")(image)
    x = layer(**SETTINGS.get(layer.__name__, {}))(x)
    x = layers.Dense(3, name="classes")(layers.Flatten(name="flatten")(x))
    assert len(equal(keras.Model(image, x)).model.layers) == 3
