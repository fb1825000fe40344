"""A small network to export."""

import keras
import numpy as np
import pytest
from keras import layers

from fullconv.convert.conversion import Conversion, convolutionalize


@pytest.fixture
def plain() -> keras.Model:
    """Without padding, of one channel; its scores differ from place to place."""
    made = keras.Sequential(
        [
            keras.Input((16, 20, 1)),
            layers.Conv2D(4, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(4, 3, activation="swish"),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ]
    )
    rng = np.random.default_rng(0)
    made.set_weights([rng.normal(0, 0.5, weight.shape) for weight in made.get_weights()])
    return made


@pytest.fixture
def conversion(plain: keras.Model) -> Conversion:
    return convolutionalize(plain)
