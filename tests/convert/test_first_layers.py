"""The range of pixels that a network's own first layers ask for."""

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from fullconv.convert.conversion import convolutionalize
from fullconv.convert.first_layers import range_of_layers, range_read
from fullconv.errors import InputError


def head(x: Any) -> Any:
    x = layers.GlobalAveragePooling2D()(layers.Conv2D(2, 3, strides=2)(x))
    return layers.Dense(2, activation="softmax")(x)


def network(*first: Any, channels: int = 3) -> keras.Model:
    image = x = keras.Input((16, 16, channels))
    for one in first:
        x = one(x)
    return keras.Model(image, head(x))


def adapted(mean: Any, variance: Any) -> Any:
    return layers.Normalization(mean=mean, variance=variance)


def learnt(mean: float, variance: float) -> Any:
    norm = layers.BatchNormalization()
    norm.build((None, 16, 16, 3))
    norm.set_weights([np.ones(3), np.zeros(3), np.full(3, mean), np.full(3, variance)])
    return norm


CASES = {
    "nothing": ([], None),
    "255": ([layers.Rescaling(1 / 255)], "0..255"),
    "127.5": ([layers.Rescaling(1 / 127.5, offset=-1)], "0..255"),
    "augmented": ([layers.RandomFlip(), layers.RandomRotation(0.1), layers.Rescaling(1 / 255)], "0..255"),
    "doubled": ([layers.Rescaling(2.0, offset=-1.0)], "0..1"),
    "to bytes": ([layers.Rescaling(255.0)], "0..1"),
    "from -1..1": ([layers.Rescaling(127.5, offset=127.5)], "-1..1"),
    "from -1..1 and back": ([layers.Rescaling(127.5, offset=127.5), layers.Rescaling(1 / 255)], "-1..1"),
    "efficientnet": (
        [layers.Rescaling(1 / 255), adapted([0.485, 0.456, 0.406], [0.229**2, 0.224**2, 0.225**2])],
        "0..255",
    ),
    "convnext": ([adapted([123.7, 116.3, 103.5], [58.4**2, 57.1**2, 57.4**2])], "0..255"),
    "of 0..1": ([adapted([0.485, 0.456, 0.406], [0.229**2, 0.224**2, 0.225**2])], "0..1"),
    "learnt of bytes": ([learnt(120.0, 3600.0)], "0..255"),
    "learnt of 0..1": ([learnt(0.45, 0.06)], "0..1"),
    "arithmetic": ([lambda x: x / 127.5 - 1.0], "0..255"),
    "arithmetic turned": ([lambda x: 1.0 - x / 255.0], "0..255"),
    "caffe": ([lambda x: x - np.array([103.9, 116.8, 123.7], np.float32)], "0..255"),
    "nested": (
        [keras.Sequential([keras.Input((16, 16, 3)), layers.Rescaling(1 / 255), layers.Conv2D(3, 1)])],
        "0..255",
    ),
    "deeper": ([layers.Conv2D(3, 1), layers.Rescaling(1 / 255)], None),
    "after a nested model": (
        [keras.Sequential([keras.Input((16, 16, 3)), layers.Conv2D(3, 1)]), layers.Rescaling(1 / 255)],
        None,
    ),
    "of no range": ([layers.Rescaling(1e-6)], None),
}


@pytest.mark.parametrize("case", CASES)
def test_the_first_layers_say_the_range(case: str) -> None:
    first, wanted = CASES[case]
    assert range_of_layers(network(*first)) == wanted


@pytest.mark.parametrize("case", ["255", "127.5", "doubled", "efficientnet", "learnt of bytes", "deeper", "nested"])
def test_a_conversion_says_the_same(case: str) -> None:
    first, wanted = CASES[case]
    assert range_of_layers(convolutionalize(network(*first)).model) == wanted


@pytest.mark.parametrize(
    ("build", "wanted"),
    [
        (keras.applications.EfficientNetB0, "0..255"),
        (keras.applications.MobileNetV3Small, "0..255"),
        (keras.applications.MobileNetV2, None),
    ],
)
def test_networks_of_keras(build: Any, wanted: str | None) -> None:
    assert range_of_layers(build(weights=None, input_shape=(32, 32, 3), classes=3)) == wanted


def test_what_is_wanted_comes_first() -> None:
    rescaled, plain = network(layers.Rescaling(1 / 255)), network()
    assert [range_read(rescaled, "auto"), range_read(rescaled, "0..1")] == ["0..255", "0..1"]
    assert [range_read(plain, "auto"), range_read(plain, "caffe")] == ["0..1", "caffe"]
    with pytest.raises(InputError, match=r"^pixels: received '0-1'"):
        range_read(plain, "0-1")


def test_what_has_no_graph_says_nothing() -> None:
    class Own(keras.Model):
        def call(self, x: Any) -> Any:
            return x

    assert range_of_layers(Own()) is None
    assert range_of_layers(object()) is None
