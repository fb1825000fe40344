"""Weights that make a comparison mean something."""

from collections.abc import Callable

import keras
import numpy as np
import pytest


def spread_weights(model: keras.Model, seed: int) -> keras.Model:
    """Fill in place: kernels that keep the variance, biases and normalizations that are not neutral."""
    rng = np.random.default_rng(seed)
    filled = []
    for variable in model.weights:
        shape = tuple(variable.shape)
        if len(shape) == 1:
            scale = variable.name in ("gamma", "moving_variance")
            filled.append(rng.uniform(0.5, 1.5, shape) if scale else rng.normal(0, 0.2, shape))
        else:
            filled.append(rng.normal(0, np.sqrt(2 / np.prod(shape[:-1])), shape))
    model.set_weights(filled)
    return model


@pytest.fixture(scope="session")
def spread() -> Callable[[keras.Model, int], keras.Model]:
    """The function above, for tests."""
    return spread_weights
