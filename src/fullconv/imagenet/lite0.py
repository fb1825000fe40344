"""EfficientNet-Lite0: EfficientNet without squeeze-and-excitation and with ReLU6, for small devices.

Tan and Le, EfficientNet (2019), section 4 and table 1; the lite form is Google's of 2020. Keras has none of its own.
"""

from typing import Any

import keras

from fullconv.models.bottlenecks import BLOCKS, EPSILON, STEM, Block, preprocessing

SIZE = 224  # pixels
CLASSES = 1000
TOP = 1280  # channels of the last convolution


def _normalized(features: Any, layer: Any, relu: bool = True) -> Any:
    normalized = keras.layers.BatchNormalization(epsilon=EPSILON, name=f"{layer.name}_norm")(layer(features))
    return keras.layers.ReLU(6.0, name=f"{layer.name}_relu")(normalized) if relu else normalized


def _convolution(name: str, filters: int, kernel: int = 1, stride: int = 1) -> Any:
    return keras.layers.Conv2D(filters, kernel, strides=stride, padding="same", use_bias=False, name=name)


def _bottleneck(features: Any, block: Block) -> Any:
    inside, name = features, block.name
    if block.expansion > 1:
        inside = _normalized(inside, _convolution(f"{name}_expand", block.channels * block.expansion))
    depthwise = keras.layers.DepthwiseConv2D(
        block.kernel, strides=block.stride, padding="same", use_bias=False, name=f"{name}_depthwise"
    )
    inside = _normalized(inside, depthwise)
    inside = _normalized(inside, _convolution(f"{name}_project", block.out), relu=False)
    return keras.layers.Add(name=f"{name}_add")([inside, features]) if block.adds_input else inside


def build_lite0() -> "keras.Model":
    """Return EfficientNet-Lite0 without trained weights: RGB images `(N, 224, 224, 3)` in 0..1 → `(N, 1000)`.

    The scores are probabilities.
    """
    image = keras.Input((SIZE, SIZE, 3), name="image")
    features = preprocessing(image)
    features = _normalized(features, _convolution("stem", STEM, kernel=3, stride=2))
    for block in BLOCKS:
        features = _bottleneck(features, block)
    features = _normalized(features, _convolution("top", TOP))
    pooled = keras.layers.GlobalAveragePooling2D(name="pool")(features)
    scores = keras.layers.Dense(CLASSES, activation="softmax", name="probabilities")(pooled)
    return keras.Model(image, scores, name="efficientnet_lite0")
