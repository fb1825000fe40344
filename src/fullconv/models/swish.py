"""Stride-2 convolutions with swish, a global max pool and two dense layers."""

from typing import Any

import keras


def swish_features(image: Any, channels: list[int], repeats: int) -> Any:
    """Return features `(N, D)` of images `(N, H, W, C)`, D the last of `channels`.

    Each width halves the resolution with its first convolution; `repeats - 1` more follow at stride 1.
    """
    x = image
    for level, width in enumerate(channels, start=1):
        for repeat in range(1, repeats + 1):
            x = keras.layers.Conv2D(
                width,
                3,
                strides=2 if repeat == 1 else 1,
                padding="same",
                activation="swish",
                name=f"conv_{level}" if repeat == 1 else f"conv_{level}_{repeat}",
            )(x)
    return keras.layers.GlobalMaxPooling2D(name="pool")(x)
