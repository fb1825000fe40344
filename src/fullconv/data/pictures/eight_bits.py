"""Pictures as Pillow reads them: of 8 bits a channel, or one channel of more."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from fullconv.data.pictures.bands import Bands, chosen
from fullconv.data.pictures.grounds import in_channels, is_white
from fullconv.data.pictures.orientation import loaded
from fullconv.data.pictures.samples import SEVERAL, Floats, Samples, in_units


def read_by_pillow(path: Path, channels: int, ground: str, samples: Samples) -> tuple[Floats, int, str]:
    """Return a file's pixels as stored, over their ground; its orientation; and what is to be said of further pages."""
    with path.open("rb") as stream, Image.open(stream) as image:
        # Cameras put a preview beside the photo (MPO); that is no second page.
        several = SEVERAL if image.format != "MPO" and getattr(image, "is_animated", False) else ""
        stored, orientation = loaded(image, path)
        return pixels_of(stored, channels, ground, path, samples), orientation, several


def pixels_of(image: Any, channels: int, ground: str, path: Path, samples: Samples) -> Floats:
    """Return an opened image's pixels `(H, W, C)` in 0..1, transparency over its ground."""
    if image.mode == "F" or image.mode.startswith("I"):
        grey = in_units(np.asarray(image)[..., np.newaxis], path, samples.bits)
        chosen(Bands(1, 1), samples.bands, path)
        return in_channels(grey, channels)
    count = 1 if image.mode in ("1", "L", "LA", "La") else 3
    if image.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in image.info:
        image = _opaque(image.convert("RGBA"), ground)
    if samples.bands:
        bands, _ = chosen(Bands(count, count), samples.bands, path)
        return in_channels(_of_eight_bits(image.convert("RGB"))[..., list(bands)], channels)
    return _of_eight_bits(image.convert("L" if channels == 1 else "RGB"))


def _of_eight_bits(image: Any) -> Floats:
    pixels: Floats = np.asarray(image, dtype=np.float32) / np.float32(255)
    return pixels if pixels.ndim == 3 else pixels[..., np.newaxis]


def _opaque(image: Any, ground: str) -> Any:
    """Lay a transparent picture over black or white."""
    alpha = np.asarray(image.getchannel("A"), dtype=np.float64)
    grey = np.asarray(image.convert("RGB").convert("L"), dtype=np.float64)
    white = is_white(ground, alpha, grey / 255)
    return Image.alpha_composite(Image.new("RGBA", image.size, (255, 255, 255, 255) if white else "black"), image)
