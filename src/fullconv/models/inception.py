"""Inception blocks: four branches look at every place at three sizes, and their channels stand side by side.

Source: Szegedy et al., *Going Deeper with Convolutions*, 2015, section 4 and figure 2(b). The branches share a block's
channels as those of the paper's first block (3a) do. Here nothing pads: each branch is cropped to what the 5×5 sees.
"""

from typing import Any

import keras


def inception_features(image: Any, channels: list[int], repeats: int) -> Any:
    """Return flat features `(N, D)` of images `(N, H, W, C)`; a 4×4 grid of cells at 28 pixels and 2 repeats.

    A 5×5 convolution of the first width and a 2×2 max pool, then `repeats` blocks of about the second width.
    """
    stem, width = channels
    x = keras.layers.Conv2D(stem, 5, activation="relu", name="stem")(image)
    x = keras.layers.MaxPooling2D(2, name="pool")(x)
    for repeat in range(1, repeats + 1):
        x = inception_block(x, width, f"block_{repeat}")
    return keras.layers.Flatten(name="flatten")(x)


def inception_block(x: Any, width: int, name: str) -> Any:
    """Return a map `(N, H - 4, W - 4, C')`; C' is `width` where 16 divides it.

    Of `width`, a quarter goes to the 1×1 branch, half to the 3×3, an eighth each to the 5×5 and to the pool.
    """

    def convolution(x: Any, share: float, size: int, part: str) -> Any:
        filters = max(1, round(width * share))
        return keras.layers.Conv2D(filters, size, activation="relu", name=f"{name}_{part}")(x)

    def cropped(x: Any, cells: int, part: str) -> Any:
        return keras.layers.Cropping2D(cells, name=f"{name}_{part}_crop")(x)

    branches = [
        convolution(cropped(x, 2, "1x1"), 1 / 4, 1, "1x1"),
        convolution(convolution(cropped(x, 1, "3x3"), 3 / 8, 1, "3x3_reduce"), 1 / 2, 3, "3x3"),
        convolution(convolution(x, 1 / 16, 1, "5x5_reduce"), 1 / 8, 5, "5x5"),
        convolution(keras.layers.MaxPooling2D(3, 1, name=f"{name}_pool")(cropped(x, 1, "pool")), 1 / 8, 1, "pool_1x1"),
    ]
    return keras.layers.Concatenate(name=name)(branches)
