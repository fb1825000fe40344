"""Two unpadded 5×5 convolutions, each followed by a 2×2 max pool: its conversion is exact."""

from typing import Any

import keras


def valid_features(image: Any, channels: list[int], repeats: int) -> Any:
    """Return flat features `(N, D)` of images `(N, H, W, C)`; a 4×4 grid of cells at 28 pixels."""
    x = image
    for level, width in enumerate(channels, start=1):
        x = keras.layers.Conv2D(width, 5, activation="relu", name=f"conv_{level}")(x)
        x = keras.layers.MaxPooling2D(2, name=f"pool_{level}")(x)
    return keras.layers.Flatten(name="flatten")(x)
