"""Frames as images of 256 colours, the same ones in all, so that none flickers."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from PIL.Image import Image

Array = npt.NDArray[Any]


def indexed_images(frames: Sequence[Array], kept: Array) -> "list[Image]":
    """Return frames uint8 `(H, W, 3)` as images of one palette, each pixel in the nearest of its colours.

    `kept`, uint8 `(n, 3)` of at most 256, are in the palette as they are; what the frames show most beside them fills
    the rest.
    """
    from PIL import Image

    palette = kept
    if len(kept) < 256:
        # A pass's own colours come back in others; the ends of an animation show them all.
        seen = Image.fromarray(np.concatenate([frames[0], frames[len(frames) // 2], frames[-1]]))
        chosen = seen.quantize(256 - len(kept), dither=Image.Dither.NONE).getpalette("RGB") or []
        palette = np.concatenate([kept, np.array(chosen, np.uint8).reshape(-1, 3)])
    images = []
    for frame in frames:
        image = Image.fromarray(nearest(frame, palette))
        image.putpalette(palette.tobytes(), "RGB")
        images.append(image)
    return images


def nearest(frame: Array, palette: Array) -> npt.NDArray[np.uint8]:
    """Return for each pixel of a frame uint8 `(H, W, 3)` the number `(H, W)` of the nearest colour of `(n, 3)`."""
    packed = frame.astype(np.int32) @ np.array([1 << 16, 1 << 8, 1], np.int32)
    colours, places = np.unique(packed, return_inverse=True)
    apart = np.stack([colours >> 16, colours >> 8 & 255, colours & 255], axis=-1)
    # |a − b|² = |a|² − 2ab + |b|², and |a|² is the same for every colour of the palette.
    known = palette.astype(np.int32)
    distances = (known**2).sum(axis=1) - 2 * apart @ known.T
    numbers: npt.NDArray[np.uint8] = distances.argmin(axis=1).astype(np.uint8)
    return numbers[places].reshape(packed.shape)
