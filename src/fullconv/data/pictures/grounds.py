"""What lies behind transparent pixels, and colours as the channels that are asked for."""

from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.data.pictures.samples import Floats, Stored

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R 601, as Pillow has it


def laid(stored: Stored, channels: int, ground: str) -> Floats:
    """Lay a picture over its ground, where it is transparent."""
    pixels, alpha = stored.pixels, stored.alpha
    if alpha is not None:
        white = is_white(ground, alpha[..., 0], in_channels(pixels, 1)[..., 0])
        opaque = pixels if stored.premultiplied else alpha * pixels
        pixels = np.minimum(opaque + (1 - alpha) * np.float32(white), np.float32(1))
    return in_channels(pixels, channels)


def is_white(ground: str, alpha: npt.NDArray[Any], grey: npt.NDArray[Any]) -> bool:
    """Return whether a ground is white; one that sets a picture `apart` is where its opaque pixels are dark."""
    return ground == "white" or (ground == "apart" and bool((alpha * (0.5 - grey)).sum() > 0))


def in_channels(pixels: Floats, channels: int) -> Floats:
    """Return grey or RGB pixels `(H, W, C)` in 1 channel or 3."""
    if pixels.shape[2] == channels:
        return pixels
    return np.repeat(pixels, 3, axis=2) if channels == 3 else (pixels @ _LUMA)[..., np.newaxis]
