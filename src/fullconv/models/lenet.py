"""Two padded 5×5 convolutions, each followed by a 2×2 max pool, after LeNet.

Source: LeCun, Bottou, Bengio, Haffner, *Gradient-Based Learning Applied to Document Recognition*, 1998,
section II; here with relu, max pools and wider layers.
"""

from typing import Any

import keras


def lenet_features(image: Any, channels: list[int], repeats: int) -> Any:
    """Return flat features `(N, D)` of images `(N, H, W, C)`."""
    x = image
    for level, width in enumerate(channels, start=1):
        x = keras.layers.Conv2D(width, 5, padding="same", activation="relu", name=f"conv_{level}")(x)
        x = keras.layers.MaxPooling2D(2, name=f"pool_{level}")(x)
    return keras.layers.Flatten(name="flatten")(x)
