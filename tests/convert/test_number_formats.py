"""Mixed precision and other number formats: the same formats, the same scores."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from fullconv.convert.conversion import Conversion, convolutionalize

pytestmark = pytest.mark.numeric

Equal = Callable[..., Conversion]


def network(policy: str) -> keras.Model:
    """A gate from the whole map, a frozen padding, an operator, a normalization after Flatten."""
    dtype: dict[str, Any] = {"dtype": policy}
    image = keras.Input((12, 14, 2), name="image")
    x = layers.Normalization(name="normalize", **dtype)(image)
    x = layers.Conv2D(4, 3, strides=2, padding="same", activation="swish", name="conv", **dtype)(x)
    gate = layers.GlobalAveragePooling2D(keepdims=True, name="squeeze", **dtype)(x)
    gate = layers.Conv2D(4, 1, activation="sigmoid", name="gate", **dtype)(gate)
    x = layers.Multiply(name="excite", **dtype)([x, gate]) * 2.0
    x = layers.MaxPooling2D(3, 2, padding="same", name="pool", **dtype)(x)
    x = layers.LayerNormalization(name="norm", **dtype)(x)
    x = layers.BatchNormalization(name="norm_2", **dtype)(layers.Flatten(name="flatten", **dtype)(x))
    x = layers.Dense(3, name="classes", **dtype)(x)
    return keras.Model(image, layers.Activation("softmax", dtype="float32", name="softmax")(x), name="mixed")


# Half precision holds 11 bits, bfloat16 holds 8: the scale that goes into the dense layer rounds differently.
@pytest.mark.parametrize(
    ("policy", "atol"),
    [("float32", 1e-5), ("float64", 1e-6), ("mixed_float16", 5e-3), ("float16", 5e-3), ("mixed_bfloat16", 4e-2)],
)
def test_policies(policy: str, atol: float, equal: Equal) -> None:
    classifier = network(policy)
    conversion = equal(classifier, atol=atol)
    for name in ("normalize", "conv", "pool", "norm", "classes", "excite"):
        new, old = conversion.model.get_layer(name), classifier.get_layer(name)
        assert new.dtype_policy == old.dtype_policy
    assert conversion.forward(np.zeros((1, 30, 30, 2), np.float32)).dtype == np.float32


def test_whole_numbers_as_input() -> None:
    image = keras.Input((6, 6, 3), dtype="uint8", name="image")
    x = layers.Conv2D(4, 3, activation="relu", name="conv")(image / 255)
    classifier = keras.Model(image, layers.Dense(3, name="classes")(layers.Flatten(name="flatten")(x)))
    conversion = convolutionalize(classifier)
    images = np.random.default_rng(0).integers(0, 256, (4, 6, 6, 3)).astype(np.uint8)
    assert conversion.model.inputs[0].dtype == "uint8"
    np.testing.assert_allclose(conversion.forward(images)[:, 0, 0], classifier(images), atol=1e-5)
