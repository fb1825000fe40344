"""Image files as arrays."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from fullconv.data.polarity import POLARITIES, dark_objects
from fullconv.errors import InputError

_MEND = "Give a readable image file (PNG, JPEG, TIFF …)."

Floats = npt.NDArray[np.float32]


def load_image(path: Path, channels: int, polarity: str = "light") -> Floats:
    """Read an image as float32 `(H, W, C)` in 0..1, with `channels` of 1 (grey) or 3 (RGB), objects light on dark.

    Colour becomes grey by ITU-R 601 luma; grey is repeated for RGB. 16-bit grey keeps its depth; floating-point
    pixels must lie in 0..1 already. An EXIF orientation is not applied, because COCO boxes refer to the stored
    pixels.

    `polarity` tells what objects are in the file: `light` on a darker ground, `dark` on a lighter one, which gives
    1 - pixel, or `auto`: judged from the pixels. Transparency lies over black where objects are light, over white
    where they are dark, and with `auto` over whichever differs more from the opaque pixels.

    Raises:
        InputError: the file is missing or unreadable, a pixel is NaN or out of range, `channels` or `polarity` is none
            of those named.
    """
    if channels not in (1, 3):
        raise InputError("channels", f"{channels}", "Images are read with 1 channel (grey) or 3 (RGB).")
    if polarity not in POLARITIES:
        raise InputError("polarity", f"{polarity!r}", f"Choose {', '.join(POLARITIES)}.")
    if not path.is_file():
        raise InputError(str(path), "no such image file", _MEND)
    try:
        with Image.open(path) as image:
            pixels = _pixels(image, channels, polarity)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise InputError(str(path), f"cannot be read as an image ({error})", _MEND) from error
    # The comparison is also false for NaN.
    if not bool(((pixels >= 0) & (pixels <= 1)).all()):
        raise InputError(str(path), "pixels that are NaN or outside 0..1", "Mend or scale them first.")
    dark = dark_objects(pixels) if polarity == "auto" else polarity == "dark"
    return 1 - pixels if dark else pixels


def _pixels(image: Any, channels: int, polarity: str) -> Floats:
    if image.mode == "F" or image.mode.startswith("I"):
        scale = 1.0 if image.mode == "F" else 65535.0
        grey = (np.asarray(image).astype(np.float64) / scale).astype(np.float32)
        return np.repeat(grey[..., np.newaxis], channels, axis=2)
    if image.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in image.info:
        image = _opaque(image.convert("RGBA"), polarity)
    eight_bit = np.asarray(image.convert("L" if channels == 1 else "RGB"), dtype=np.float32)
    return eight_bit.reshape(*eight_bit.shape[:2], channels) / np.float32(255)


def _opaque(image: Any, polarity: str) -> Any:
    """Lay a transparent picture over black or white."""
    white = polarity == "dark"
    if polarity == "auto":
        alpha = np.asarray(image.getchannel("A"), dtype=np.float64)
        grey = np.asarray(image.convert("RGB").convert("L"), dtype=np.float64)
        white = bool((alpha * (127.5 - grey)).sum() > 0)
    return Image.alpha_composite(Image.new("RGBA", image.size, (255, 255, 255, 255) if white else "black"), image)
