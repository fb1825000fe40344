"""Image files as arrays."""

import logging
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from fullconv.data.pictures.deep_pixels import deep_pixels, orientation_of, turned
from fullconv.data.pictures.polarity import POLARITIES, dark_objects
from fullconv.errors import InputError

log = logging.getLogger(__name__)

_MEND = "Give a readable image file (PNG, JPEG, TIFF …)."
_GROUNDS = {"light": "black", "dark": "white", "auto": "apart"}
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R 601, as Pillow has it

Floats = npt.NDArray[np.float32]


def load_image(path: Path, channels: int, polarity: str = "light", upright: bool = False) -> Floats:
    """Read an image as float32 `(H, W, C)` in 0..1, with `channels` of 1 (grey) or 3 (RGB), objects light on dark.

    Colour becomes grey by ITU-R 601 luma; grey is repeated for RGB. 16 bits keep their depth; floating-point
    pixels must lie in 0..1 already. An EXIF orientation is not applied, because COCO boxes refer to the stored
    pixels, unless `upright` asks for it.

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
    pixels = decoded(path, channels, _GROUNDS[polarity], upright)
    dark = dark_objects(pixels) if polarity == "auto" else polarity == "dark"
    return 1 - pixels if dark else pixels


def decoded(path: Path, channels: int, ground: str, upright: bool = False) -> Floats:
    """Read an image file as float32 `(H, W, C)` in 0..1; of several pages or frames the first.

    Transparency lies over a `black` or `white` ground, or one that sets it `apart`: whichever differs more from the
    opaque pixels. `upright` turns the pixels as an EXIF orientation says.

    Raises:
        InputError: the file is missing, unreadable or larger than Pillow's limit, or a pixel is NaN or out of range.
    """
    if not path.is_file():
        raise InputError(str(path), "no such image file", _MEND)
    try:
        with warnings.catch_warnings():
            # Pillow's limit is a warning up to twice its number, from there on an error.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            pixels, orientation, several = _deep(path, channels, ground) or _shallow(path, channels, ground)
    except Image.DecompressionBombError as error:
        raise InputError(str(path), f"too large ({error})", "Make it smaller first.") from error
    except MemoryError as error:
        raise InputError(str(path), "too large for this machine's memory", "Make it smaller first.") from error
    except Exception as error:  # decoders raise whatever a broken file leads to
        raise InputError(str(path), f"cannot be read as an image ({error})", _MEND) from error
    # The comparison is also false for NaN.
    if not bool(((pixels >= 0) & (pixels <= 1)).all()):
        raise InputError(str(path), "pixels that are NaN or outside 0..1", "Mend or scale them first.")
    if several:
        log.warning("%s: of several pages the first is read", path)
    return turned(pixels, orientation) if upright else pixels


def _shallow(path: Path, channels: int, ground: str) -> tuple[Floats, int, bool]:
    with Image.open(path) as image:
        # Cameras put a preview beside the photo (MPO); that is no second page.
        several = image.format != "MPO" and bool(getattr(image, "is_animated", False))
        image.load()  # a TIFF is turned here, and its orientation forgotten
        return _pixels(image, channels, ground), orientation_of(image), several


def _pixels(image: Any, channels: int, ground: str) -> Floats:
    if image.mode == "F" or image.mode.startswith("I"):
        scale = 1.0 if image.mode == "F" else 65535.0
        grey = (np.asarray(image).astype(np.float64) / scale).astype(np.float32)
        return np.repeat(grey[..., np.newaxis], channels, axis=2)
    if image.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in image.info:
        image = _opaque(image.convert("RGBA"), ground)
    eight_bit = np.asarray(image.convert("L" if channels == 1 else "RGB"), dtype=np.float32)
    return eight_bit.reshape(*eight_bit.shape[:2], channels) / np.float32(255)


def _opaque(image: Any, ground: str) -> Any:
    """Lay a transparent picture over black or white."""
    alpha = np.asarray(image.getchannel("A"), dtype=np.float64)
    grey = np.asarray(image.convert("RGB").convert("L"), dtype=np.float64)
    white = _is_white(ground, alpha, grey / 255)
    return Image.alpha_composite(Image.new("RGBA", image.size, (255, 255, 255, 255) if white else "black"), image)


def _is_white(ground: str, alpha: npt.NDArray[Any], grey: npt.NDArray[Any]) -> bool:
    return ground == "white" or (ground == "apart" and bool((alpha * (0.5 - grey)).sum() > 0))


def _deep(path: Path, channels: int, ground: str) -> tuple[Floats, int, bool] | None:
    deep = deep_pixels(path)
    if deep is None:
        return None
    pixels = deep.pixels
    if pixels.shape[2] in (2, 4):
        alpha, pixels = pixels[..., -1:], pixels[..., :-1]
        white = _is_white(ground, alpha[..., 0], _in_channels(pixels, 1)[..., 0])
        pixels = alpha * pixels + (1 - alpha) * np.float32(white)
    return _in_channels(pixels, channels), deep.orientation, deep.pages > 1


def _in_channels(pixels: Floats, channels: int) -> Floats:
    if pixels.shape[2] == channels:
        return pixels
    return np.repeat(pixels, 3, axis=2) if channels == 3 else (pixels @ _LUMA)[..., np.newaxis]
