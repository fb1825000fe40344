"""TIFF pages of 8 bits or fewer that become what Pillow makes of them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fullconv.data.pictures.bands import Bands
from fullconv.data.pictures.samples import Floats, Samples
from fullconv.data.pictures.tiff import for_pillow
from fullconv.large.sources.meaning import Colours, Raw

_MODES = {(1, None): "L", (2, 1): "LA", (3, None): "RGB", (4, 3): "RGBA"}  # by bands and the place of opacity


@dataclass(frozen=True)
class Bytewise:
    """Samples that are stretched to 8 bits, looked up in a palette, or turned over where white is 0."""

    colours: Colours
    stretch: int = 1
    inverted: bool = False
    palette: Raw | None = None

    def __call__(self, raw: Raw) -> Floats:
        """Return samples `(h, w, S)` as float32 `(h, w, C)` in 0..1."""
        if self.palette is not None:
            return self.colours(self.palette[raw[..., 0]])
        stretched = raw.astype(np.uint8) * np.uint8(self.stretch) if self.stretch > 1 else raw
        return self.colours(255 - stretched if self.inverted else stretched)


def colours_of(page: Any, kind: str, bands: Bands, path: Path, channels: int, samples: Samples) -> Bytewise | None:
    """Return what turns a page's samples into colours as Pillow does; None: they are numbers of another kind."""
    bits = page.bitspersample
    if page.dtype.kind not in "bu" or page.dtype.itemsize != 1 or not isinstance(bits, int):
        return None
    if kind == "PALETTE":
        table = page.colormap
        if table is None or page.samplesperpixel > 1:
            return None
        return Bytewise(Colours(path, channels, samples, "RGB"), palette=(table >> 8).astype(np.uint8).T)
    if kind == "SEPARATED":
        plain = page.samplesperpixel == 4 and page.compression not in (6, 7)
        return Bytewise(Colours(path, channels, samples, "CMYK")) if plain and bits == 8 else None
    mode = _MODES.get((bands.count, bands.alpha))
    inverted = kind == "MINISWHITE"
    if not for_pillow(page, bands, samples) or mode is None or bits not in (1, 2, 4, 8) or (inverted and mode != "L"):
        return None
    if bands.premultiplied:
        return Bytewise(Colours(path, channels, samples, mode, "RGBa")) if mode == "RGBA" else None
    return Bytewise(Colours(path, channels, samples, mode), 255 // ((1 << bits) - 1), inverted)
