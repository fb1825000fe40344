"""Image files as arrays."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from fullconv.errors import InputError

_MEND = "Give a readable image file (PNG, JPEG, TIFF …)."


def load_image(path: Path, channels: int) -> npt.NDArray[np.float32]:
    """Read an image as float32 `(H, W, C)` in 0..1, with `channels` of 1 (grey) or 3 (RGB).

    Colour becomes grey by ITU-R 601 luma; grey is repeated for RGB; transparency is laid over black. 16-bit grey
    keeps its depth; floating-point pixels must lie in 0..1 already. An EXIF orientation is not applied, because
    COCO boxes refer to the stored pixels.

    Raises:
        InputError: the file is missing or unreadable, a pixel is NaN or out of range, or `channels` is neither.
    """
    if channels not in (1, 3):
        raise InputError("channels", f"{channels}", "Images are read with 1 channel (grey) or 3 (RGB).")
    if not path.is_file():
        raise InputError(str(path), "no such image file", _MEND)
    try:
        with Image.open(path) as image:
            pixels = _pixels(image, channels)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise InputError(str(path), f"cannot be read as an image ({error})", _MEND) from error
    # The comparison is also false for NaN.
    if not bool(((pixels >= 0) & (pixels <= 1)).all()):
        raise InputError(str(path), "pixels that are NaN or outside 0..1", "Mend or scale them first.")
    return pixels


def _pixels(image: Any, channels: int) -> npt.NDArray[np.float32]:
    if image.mode == "F" or image.mode.startswith("I"):
        scale = 1.0 if image.mode == "F" else 65535.0
        grey = (np.asarray(image).astype(np.float64) / scale).astype(np.float32)
        return np.repeat(grey[..., np.newaxis], channels, axis=2)
    if image.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in image.info:
        colour = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", colour.size, (0, 0, 0, 255)), colour)
    eight_bit = np.asarray(image.convert("L" if channels == 1 else "RGB"), dtype=np.float32)
    return eight_bit.reshape(*eight_bit.shape[:2], channels) / np.float32(255)
