"""Unpadded convolutions and 2×2 max pools: the conversion is exact."""

from typing import Any

import keras


def valid_features(image: Any, channels: list[int], repeats: int) -> Any:
    """Return flat features `(N, D)` of images `(N, H, W, C)`; a 4×4 grid of cells at 28 pixels.

    Each width is a 5×5 convolution and a pool. With `repeats` of 2 the second 5×5 is two of 3×3, which see as much.
    """
    first, second = channels
    x = keras.layers.Conv2D(first, 5, activation="relu", name="conv_1")(image)
    x = keras.layers.MaxPooling2D(2, name="pool_1")(x)
    if repeats == 1:
        x = keras.layers.Conv2D(second, 5, activation="relu", name="conv_2")(x)
    else:
        x = keras.layers.Conv2D(second, 3, activation="relu", name="conv_2")(x)
        x = keras.layers.Conv2D(second, 3, activation="relu", name="conv_2_2")(x)
    x = keras.layers.MaxPooling2D(2, name="pool_2")(x)
    return keras.layers.Flatten(name="flatten")(x)
