"""Activations: each layer's output is what Keras computes up to it."""

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from fullconv.errors import InputError
from fullconv.inspect.activations import activations

IMAGE = np.random.default_rng(2).random((10, 8, 3)).astype(np.float32)


def test_every_layers_output_is_that_of_keras(nested: Any) -> None:
    found = {one.name: one for one in activations(nested, IMAGE)}
    np.testing.assert_allclose(found["classes"].values, np.asarray(nested(IMAGE[None]))[0], atol=1e-6)
    for name in ("conv", "sum", "pool", "flatten", "hidden"):
        cut = keras.Model(nested.inputs[0], nested.get_layer(name).output)
        np.testing.assert_allclose(found[name].values, np.asarray(cut(IMAGE[None]))[0], atol=1e-5, err_msg=name)
    block = nested.get_layer("block")
    np.testing.assert_allclose(found["block/each"].values, np.asarray(block(found["sum"].values[None]))[0], atol=1e-5)
    twice = nested.get_layer("twice")
    np.testing.assert_allclose(found["twice:2"].values, np.asarray(twice(found["twice"].values[None]))[0], atol=1e-5)


def test_kinds_and_order(nested: Any) -> None:
    found = activations(nested, IMAGE)
    assert [found[0].kind, found[1].kind] == ["true_divide", "Conv2D"]
    np.testing.assert_allclose(found[0].values, IMAGE / 2)
    assert found[-1].name == "classes"


def test_layers_compute_as_in_prediction() -> None:
    model = keras.Sequential(
        [
            keras.Input((10, 8, 3)),
            layers.Dropout(0.9, name="drop"),
            layers.BatchNormalization(name="norm", epsilon=0.0),
            layers.GaussianNoise(0.9),
        ]
    )
    for one in activations(model, IMAGE):
        np.testing.assert_allclose(one.values, IMAGE, rtol=1e-6)


@pytest.mark.parametrize("shape", [(8, 10, 3), (10, 8, 1), (10, 8)])
def test_an_image_of_another_size_is_refused(shape: tuple[int, ...], nested: Any) -> None:
    with pytest.raises(InputError, match=r"^images: shape .*reads \(10, 8, 3\)"):
        activations(nested, np.zeros(shape, np.float32))


def test_a_classifier_that_reads_channels_first_is_refused_before_it_runs() -> None:
    model = keras.Sequential([keras.Input((3, 8, 8)), layers.Conv2D(2, 3, data_format="channels_first")])
    with pytest.raises(InputError, match="channels first"):
        activations(model, np.zeros((3, 8, 8), np.float32))
