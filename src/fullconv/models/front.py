"""The first blocks of EfficientNet-Lite0 without padding: what ImageNet taught of edges and textures, exact to convert.

Normalizations are folded into the convolutions, which have a bias instead: what each block computes is the same, and
a batch can be trained in parts.
"""

from typing import Any

import keras

from fullconv.models.bottlenecks import BLOCKS, STEM, Block, preprocessing

NAME = "front"
SMALLEST = (7, 11, 19, 35, 67, 83)  # pixels a side that leave a cell after so many blocks, the first counted as 1


def front_features(image: Any, channels: list[int], repeats: int) -> Any:
    """Return flat features (N, D) of images (N, H, W, 1 or 3) after the first `repeats` blocks; 4×4 cells at 64 pixels.

    A 3×3 convolution of `channels[0]` follows, none where that is 0. Grey images are read as three equal channels.
    """
    if image.shape[-1] == 1:
        image = keras.layers.Concatenate(name="grey_to_rgb")([image, image, image])
    x = keras.layers.ReLU(6.0, name="stem_relu")(
        keras.layers.Conv2D(STEM, 3, strides=2, name="stem")(preprocessing(image))
    )
    for block in BLOCKS[:repeats]:
        x = _bottleneck(x, block)
    if channels[0]:
        x = keras.layers.Conv2D(channels[0], 3, activation="relu", name="mixing")(x)
    return keras.layers.Flatten(name="flatten")(x)


def _bottleneck(features: Any, block: Block) -> Any:
    inside, name = features, block.name
    if block.expansion > 1:
        inside = keras.layers.Conv2D(block.channels * block.expansion, 1, name=f"{name}_expand")(inside)
        inside = keras.layers.ReLU(6.0, name=f"{name}_expand_relu")(inside)
    inside = keras.layers.DepthwiseConv2D(block.kernel, strides=block.stride, name=f"{name}_depthwise")(inside)
    inside = keras.layers.ReLU(6.0, name=f"{name}_depthwise_relu")(inside)
    inside = keras.layers.Conv2D(block.out, 1, name=f"{name}_project")(inside)
    if not block.adds_input:
        return inside
    shortcut = keras.layers.Cropping2D(block.kernel // 2, name=f"{name}_crop")(features)
    return keras.layers.Add(name=f"{name}_add")([inside, shortcut])
