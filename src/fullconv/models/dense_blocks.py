"""A densely connected block: every convolution reads the outcomes of all before it.

Source: Huang, Liu, van der Maaten, Weinberger, *Densely Connected Convolutional Networks*, 2017, section 3; without
batch normalization and 1×1 bottlenecks. Here nothing pads: what is handed on is cropped to what the 3×3 sees.
"""

from typing import Any

import keras


def dense_blocks_features(image: Any, channels: list[int], repeats: int) -> Any:
    """Return flat features `(N, D)` of images `(N, H, W, C)`; a 4×4 grid of cells at 28 pixels and 4 repeats.

    A 5×5 convolution of the first width and a 2×2 max pool, then a block of `repeats` convolutions that each add the
    second width, and a 1×1 convolution that halves the channels (the paper's transition, compression 0.5).
    """
    stem, growth = channels
    x = keras.layers.Conv2D(stem, 5, activation="relu", name="stem")(image)
    x = keras.layers.MaxPooling2D(2, name="pool")(x)
    x = dense_block(x, growth, repeats, "block")
    x = keras.layers.Conv2D(max(1, x.shape[-1] // 2), 1, activation="relu", name="transition")(x)
    return keras.layers.Flatten(name="flatten")(x)


def dense_block(x: Any, growth: int, repeats: int, name: str) -> Any:
    """Return a map `(N, H - 2 · repeats, W - 2 · repeats, C + growth · repeats)`."""
    for repeat in range(1, repeats + 1):
        added = keras.layers.Conv2D(growth, 3, activation="relu", name=f"{name}_conv_{repeat}")(x)
        kept = keras.layers.Cropping2D(1, name=f"{name}_crop_{repeat}")(x)
        x = keras.layers.Concatenate(name=f"{name}_{repeat}")([kept, added])
    return x
