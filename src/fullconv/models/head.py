"""What turns features into class probabilities, the same for every architecture."""

from typing import Any

import keras


def dense_head(
    features: Any, *, units: int, classes: int, activation: str, feature_dropout: float, head_dropout: float
) -> Any:
    """Return class probabilities `(N, K)` of flat features `(N, D)`: a hidden dense layer, then softmax.

    A dropout of 0 adds no layer.
    """
    if feature_dropout > 0:
        features = keras.layers.Dropout(feature_dropout, name="feature_dropout")(features)
    hidden = keras.layers.Dense(units, activation=activation, name="hidden")(features)
    if head_dropout > 0:
        hidden = keras.layers.Dropout(head_dropout, name="head_dropout")(hidden)
    return keras.layers.Dense(classes, activation="softmax", name="classes")(hidden)
