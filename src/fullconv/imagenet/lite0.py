"""EfficientNet-Lite0: EfficientNet without squeeze-and-excitation and with ReLU6, for small devices.

Tan and Le, EfficientNet (2019), section 4 and table 1; the lite form is Google's of 2020. Keras has none of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras

SIZE = 224  # pixels
CLASSES = 1000
STEM, TOP = 32, 1280  # channels of the first and the last convolution
EPSILON = 1e-3  # of the batch normalizations


@dataclass(frozen=True)
class Block:
    """An inverted bottleneck: 1×1 up, depthwise, 1×1 down."""

    name: str
    channels: int  # that enter
    expansion: int
    kernel: int
    stride: int
    out: int

    @property
    def adds_input(self) -> bool:
        """Whether the input is added to what comes out."""
        return self.stride == 1 and self.channels == self.out


# Repeats, kernel, stride of the first, expansion, channels.
_STAGES = [
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
]


def _blocks() -> Iterator[Block]:
    channels = STEM
    for number, (repeats, kernel, stride, expansion, out) in enumerate(_STAGES, 1):
        for repeat in range(repeats):
            name = f"block{number}{'abcd'[repeat]}"
            yield Block(name, channels, expansion, kernel, stride if repeat == 0 else 1, out)
            channels = out


BLOCKS = tuple(_blocks())


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
    # Of 0..255 it is (x - 127) / 128.
    features = keras.layers.Rescaling(255 / 128, offset=-127 / 128, name="preprocessing")(image)
    features = _normalized(features, _convolution("stem", STEM, kernel=3, stride=2))
    for block in BLOCKS:
        features = _bottleneck(features, block)
    features = _normalized(features, _convolution("top", TOP))
    pooled = keras.layers.GlobalAveragePooling2D(name="pool")(features)
    scores = keras.layers.Dense(CLASSES, activation="softmax", name="probabilities")(pooled)
    return keras.Model(image, scores, name="efficientnet_lite0")
