"""Two 3×3 convolutions and one padded max pool: small, and trained in a minute."""

from typing import Any

import keras


def small_features(image: Any, channels: list[int], repeats: int) -> Any:
    """Return flat features `(N, D)` of images `(N, H, W, C)`."""
    first, second = channels
    x = keras.layers.Conv2D(first, 3, activation="relu", name="conv_1")(image)
    x = keras.layers.Conv2D(second, 3, strides=2, padding="same", activation="relu", name="conv_2")(x)
    x = keras.layers.MaxPooling2D(2, padding="same", name="pool")(x)
    return keras.layers.Flatten(name="flatten")(x)
