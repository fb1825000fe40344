"""Small networks with weights that tell images apart."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers


def filled(model: Any) -> Any:
    """Return the model with random weights."""
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(0, 0.5, weight.shape) for weight in model.get_weights()])
    return model


@pytest.fixture
def fill() -> Callable[[Any], Any]:
    """What gives a model random weights."""
    return filled


@pytest.fixture(scope="session")
def nested() -> Any:
    """A network with a nested model, a branch, an operator and a layer that is called twice."""
    inner = keras.Sequential(
        [
            keras.Input((10, 8, 4)),
            layers.Conv2D(6, 3, padding="same", activation="relu", name="conv"),
            layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same", name="each"),
        ],
        name="block",
    )
    image = keras.Input((10, 8, 3), name="image")
    first = layers.Conv2D(4, 3, padding="same", name="conv")(image / 2)
    twice = layers.Conv2D(4, 1, name="twice")
    added = layers.Add(name="sum")([first, twice(twice(first))])
    flat = layers.Flatten(name="flatten")(layers.MaxPooling2D(2, name="pool")(inner(added)))
    hidden = layers.Dense(5, activation="relu", name="hidden")(layers.Dropout(0.5, name="drop")(flat))
    return filled(keras.Model(image, layers.Dense(3, activation="softmax", name="classes")(hidden)))
