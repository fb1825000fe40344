"""Residual blocks: two convolutions learn what to add to their input, which reaches the sum by a shortcut.

Source: He, Zhang, Ren, Sun, *Deep Residual Learning for Image Recognition*, 2016, section 3.2 and figure 2; without
batch normalization, which networks this shallow do without. Here nothing pads: the shortcut is cropped to its middle.
"""

from typing import Any

import keras


def residual_features(image: Any, channels: list[int], repeats: int) -> Any:
    """Return flat features `(N, D)` of images `(N, H, W, C)`; a 4×4 grid of cells at 28 pixels and 2 repeats.

    A 5×5 convolution of the first width and a 2×2 max pool, then `repeats` blocks of the second width.
    """
    stem, width = channels
    x = keras.layers.Conv2D(stem, 5, activation="relu", name="stem")(image)
    x = keras.layers.MaxPooling2D(2, name="pool")(x)
    for repeat in range(1, repeats + 1):
        x = residual_block(x, width, f"block_{repeat}")
    return keras.layers.Flatten(name="flatten")(x)


def residual_block(x: Any, width: int, name: str) -> Any:
    """Return a map `(N, H - 4, W - 4, width)`: two 3×3 convolutions and their input, added.

    A 1×1 convolution brings the shortcut to `width` where the input has another.
    """
    shortcut = keras.layers.Cropping2D(2, name=f"{name}_shortcut_crop")(x)
    if x.shape[-1] != width:
        shortcut = keras.layers.Conv2D(width, 1, name=f"{name}_shortcut")(shortcut)
    change = keras.layers.Conv2D(width, 3, activation="relu", name=f"{name}_conv_1")(x)
    change = keras.layers.Conv2D(width, 3, name=f"{name}_conv_2")(change)
    total = keras.layers.Add(name=f"{name}_add")([change, shortcut])
    return keras.layers.ReLU(name=name)(total)
