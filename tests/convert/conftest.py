"""Weights that make a comparison mean something, and the comparison."""

from collections.abc import Callable

import keras
import numpy as np
import pytest

from fullconv.convert.conversion import Conversion, convolutionalize
from fullconv.convert.reference import reference


def spread_weights(model: keras.Model, seed: int) -> keras.Model:
    """Fill in place: kernels that keep the variance, biases and normalizations that are not neutral."""
    rng = np.random.default_rng(seed)
    filled = []
    for variable in model.weights:
        shape = tuple(variable.shape)
        if len(shape) <= 1:
            scale = variable.name in ("gamma", "moving_variance", "variance")
            filled.append(rng.uniform(0.5, 1.5, shape) if scale else rng.normal(0, 0.2, shape))
        else:
            filled.append(rng.normal(0, np.sqrt(2 / np.prod(shape[:-1])), shape))
    model.set_weights(filled)
    return model


@pytest.fixture(scope="session")
def spread() -> Callable[[keras.Model, int], keras.Model]:
    """The function above, for tests."""
    return spread_weights


def equal_at_training_size(
    classifier: keras.Model, atol: float = 1e-5, seed: int = 1, flip_kernels: bool = False, fill: bool = True
) -> Conversion:
    """Spread a classifier's weights, convert it, compare the two on images that differ, and return the conversion."""
    if fill:
        spread_weights(classifier, seed)
    conversion = convolutionalize(classifier, flip_kernels=flip_kernels)
    rng = np.random.default_rng(seed)
    contrast = np.linspace(0.1, 1, 6).reshape(-1, 1, 1, 1)
    shape = (*conversion.window, conversion.model.input_shape[-1])
    images = (contrast * rng.random((6, *shape))).astype(np.float32)
    expected = reference(classifier, conversion)(images)
    scores = conversion.forward(images)
    # On near-constant outputs equality would prove nothing.
    assert expected.std(axis=1).mean() > 0.01
    assert expected.std(axis=0).max() > 0.001
    assert scores.shape == (6, 1, 1, expected.shape[-1])
    np.testing.assert_allclose(scores[:, 0, 0], expected, atol=atol)
    return conversion


@pytest.fixture(scope="session")
def equal() -> Callable[..., Conversion]:
    """The comparison above, for tests."""
    return equal_at_training_size
