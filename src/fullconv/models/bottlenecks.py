"""The inverted bottlenecks of EfficientNet-Lite0: which there are, and what their network does to images first.

Tan and Le, EfficientNet (2019), section 4 and table 1; the lite form is Google's of 2020.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras

STEM = 32  # channels of the first convolution
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


def preprocessing(image: Any) -> Any:
    """Return images (N, H, W, 3) in 0..1 as the network reads them: of 0..255 it is (x - 127) / 128."""
    return keras.layers.Rescaling(255 / 128, offset=-127 / 128, name="preprocessing")(image)
