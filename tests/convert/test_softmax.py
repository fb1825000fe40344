"""Probabilities stay probabilities, however large the logits."""

import keras
import numpy as np
import pytest
from keras import layers

from fullconv.convert.conversion import convolutionalize

pytestmark = pytest.mark.numeric


@pytest.mark.parametrize("scale", [1.0, 1e4])
def test_softmax_is_stable(scale: float) -> None:
    """Logits of ±10,000 at 1×1 and on a larger map: still probabilities."""
    classifier = keras.Sequential(
        [
            keras.Input((4, 4, 1), name="image"),
            layers.Flatten(name="flatten"),
            layers.Dense(3, activation="softmax", name="classes"),
        ]
    )
    kernel = np.zeros((16, 3), dtype=np.float32)
    kernel[0] = [scale, -scale, 0]
    classifier.set_weights([kernel, np.zeros(3, dtype=np.float32)])
    image = np.linspace(-1, 1, 36, dtype=np.float32).reshape(1, 6, 6, 1)
    scores = np.asarray(convolutionalize(classifier).model(image))
    logits = image[0, :3, :3] * np.array([scale, -scale, 0], dtype=np.float64)
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    np.testing.assert_allclose(scores[0], shifted / shifted.sum(axis=-1, keepdims=True), atol=1e-5)
