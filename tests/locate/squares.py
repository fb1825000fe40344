"""A classifier whose answer is known: is there a bright square, a third of the window, in the middle?"""

from typing import Any

import keras
import numpy as np

from fullconv.config.schema import LocateConfig
from fullconv.convert.conversion import Conversion, convolutionalize

WINDOW = 12


def squares(stride: int = 2, classes: str = "background", activation: str = "softmax") -> Conversion:
    """Return its conversion; classes `background` (square, ground), `two` (light, lighter) or `one` (sigmoid)."""
    count = {"background": 2, "two": 2, "one": 1}[classes]
    convolution = keras.layers.Conv2D(count, WINDOW, strides=stride)
    model = keras.Sequential(
        [
            keras.Input((WINDOW, WINDOW, 1)),
            convolution,
            keras.layers.Flatten(),
            keras.layers.Activation("sigmoid" if classes == "one" else activation),
        ]
    )
    kernel = np.full((WINDOW, WINDOW, 1, count), 0.0, np.float32)
    kernel[..., 0] = -0.6
    kernel[4:8, 4:8, :, 0] = 0.9
    bias = np.full(count, 0.0, np.float32)
    bias[0] = -6.0
    convolution.set_weights([kernel, bias])
    return convolutionalize(model)


def knobs(**changes: Any) -> LocateConfig:
    """Return the knobs of a search at one scale, but for `changes`."""
    return LocateConfig(
        **{
            "floor": 0.05,
            "overlap": 0.5,
            "sizes": [],
            "spacing": 1.19,
            "border": 0.2,
            "engine": "auto",
            "fuse": "max",
            "box": "window",
            "batch_size": 2,
            **changes,
        }
    )


def scene(height: int, width: int, *places: tuple[int, int, int]) -> Any:
    """Return an image (H, W, 1) with squares `(y, x, side)`."""
    image = np.zeros((height, width, 1), np.float32)
    for y, x, side in places:
        image[y : y + side, x : x + side] = 1.0
    return image
