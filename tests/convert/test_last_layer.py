"""What a network's last layers make of its scores."""

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from fullconv.convert.conversion import convolutionalize
from fullconv.convert.last_layer import activation_of, last_layer, open_sigmoid, without_activation


def network(*last: Any) -> keras.Model:
    image = x = keras.Input((8, 8, 1))
    for one in (layers.Conv2D(3, 3), *last):
        x = one(x)
    return keras.Model(image, x)


GAP = layers.GlobalAveragePooling2D
CASES = {
    "softmax": ([GAP(), layers.Dense(2, activation="softmax")], "softmax"),
    "softmax layer": ([GAP(), layers.Dense(2), layers.Softmax()], "softmax"),
    "activation layer": ([GAP(), layers.Dense(2), layers.Activation("sigmoid")], "sigmoid"),
    "function": ([GAP(), layers.Dense(2), keras.ops.softmax], "softmax"),
    "linear": ([GAP(), layers.Dense(2)], "linear"),
    "tanh": ([GAP(), layers.Dense(2, activation="tanh")], "tanh"),
    "pooled": ([layers.Conv2D(2, 1, activation="softmax"), GAP()], "softmax"),
    "flattened": ([layers.Conv2D(2, 6), layers.Flatten(), layers.Dropout(0.1)], "linear"),
    "nested": (
        [GAP(), keras.Sequential([keras.Input((3,)), layers.Dense(4, "relu"), layers.Dense(2, "softmax")])],
        "softmax",
    ),
    "pool alone": ([GAP()], "linear"),
    "relu layer": ([GAP(), layers.Dense(2), layers.ReLU()], "relu"),
    "normalized": ([GAP(), layers.BatchNormalization()], None),
}


@pytest.mark.parametrize("case", CASES)
def test_the_last_activation(case: str) -> None:
    last, wanted = CASES[case]
    assert activation_of(network(*last)) == wanted


def test_a_sigmoid_is_taken_off_and_its_logits_are_left() -> None:
    model = network(GAP(), layers.Dense(1, activation="sigmoid"))
    images = np.random.default_rng(0).random((3, 8, 8, 1), np.float32)
    before = np.asarray(model(images))
    assert open_sigmoid(model)
    np.testing.assert_allclose(1 / (1 + np.exp(-np.asarray(model(images)))), before, atol=1e-6)
    np.testing.assert_allclose(convolutionalize(model).forward(images)[:, 0, 0], np.asarray(model(images)), atol=1e-6)
    assert not open_sigmoid(model)


def test_the_mean_of_sigmoids_keeps_them() -> None:
    model = network(layers.Conv2D(1, 1, activation="sigmoid"), GAP())
    assert not open_sigmoid(model)
    assert activation_of(model) == "sigmoid"


def test_an_activation_comes_back() -> None:
    model = network(GAP(), layers.Dense(2, activation="softmax"))
    with without_activation(model) as taken:
        assert taken
        assert activation_of(model) == "linear"
    assert last_layer(model).activation is keras.activations.softmax
