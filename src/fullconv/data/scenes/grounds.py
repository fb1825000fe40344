"""What objects lie on: one colour or a part of a photograph, with noise."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

Floats = npt.NDArray[np.float32]


def plain_ground(canvas: tuple[int, int], colour: Floats, channels: int) -> Floats:
    """Return a canvas `(H, W, channels)` of one colour, `(C,)` with C of 1 or `channels`."""
    return np.broadcast_to(colour, (*canvas, channels)).astype(np.float32)


def photo_ground(canvas: tuple[int, int], photos: Sequence[npt.NDArray[np.uint8]], rng: np.random.Generator) -> Floats:
    """Return a random part `(H, W, 3)` of a random picture at its own scale, or enlarged where it is too small."""
    picture = _covering(photos[int(rng.integers(len(photos)))], canvas)
    row, column = (int(rng.integers(whole - part + 1)) for whole, part in zip(picture.shape, canvas, strict=False))
    return picture[row : row + canvas[0], column : column + canvas[1]].astype(np.float32)


def _covering(picture: npt.NDArray[np.uint8], canvas: tuple[int, int]) -> npt.NDArray[np.uint8]:
    scale = max(canvas[0] / picture.shape[0], canvas[1] / picture.shape[1])
    if scale <= 1:
        return picture
    height, width = (max(part, round(whole * scale)) for whole, part in zip(picture.shape, canvas, strict=False))
    return np.asarray(Image.fromarray(picture).resize((width, height), Image.Resampling.BILINEAR))


def with_noise(ground: Floats, noise: int, rng: np.random.Generator) -> Floats:
    """Move each value of a ground on 0..255 towards the other end by a uniform integer in `0..noise`."""
    step = rng.integers(0, noise, ground.shape, dtype=np.uint8, endpoint=True).astype(np.float32)
    return np.where(ground < 128, ground + step, ground - step)
