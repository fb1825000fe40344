"""Arrays in memory as sources."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.data.pictures.bands import Bands, chosen
from fullconv.data.pictures.samples import AS_STORED, Samples
from fullconv.errors import InputError
from fullconv.large.sources.identity import of_array
from fullconv.large.sources.meaning import Numbers
from fullconv.large.sources.source import Pair, Region
from fullconv.large.sources.upright import Raw, Upright

_CHUNK = 256  # pixels: no part of an array is dearer than another


class ArraySource(Upright):
    """An array `(H, W)` or `(H, W, S)` of 1, 3 (RGB) or 4 (RGBA) samples: integers of their type's range, or 0..1."""

    def __init__(
        self,
        pixels: npt.NDArray[Any],
        channels: int | None = None,
        samples: Samples = AS_STORED,
        name: str = "the image",
    ) -> None:
        if pixels.ndim not in (2, 3) or not pixels.size:
            raise InputError(name, f"an array of shape {pixels.shape}", "Give (H, W) or (H, W, C).")
        if pixels.dtype.kind not in "biuf":
            raise InputError(name, f"samples of type {pixels.dtype}", "Give integers or real numbers.")
        self._pixels = pixels if pixels.ndim == 3 else pixels[..., np.newaxis]
        self._places, alpha = places(self._pixels.shape[2], samples, Path(name))
        height, width = self._pixels.shape[:2]
        channels = channels or len(self._places) - alpha
        chunk: Pair = (min(height, _CHUNK), min(width, _CHUNK))
        meaning = Numbers(Path(name), channels, samples, alpha)
        super().__init__(name, [(height, width)], channels, chunk, meaning)
        self._probe(meaning)

    def _raw(self, region: Region, level: int) -> Raw:
        x, y, w, h = region
        part: Raw = self._pixels[y : y + h, x : x + w]
        return part if self._places == tuple(range(part.shape[2])) else part[..., list(self._places)]

    def identity(self) -> dict[str, Any]:
        """Return the array's size in bytes, its shape, type, and the digest of its ends."""
        return {**of_array(self._pixels), "shape": list(self._pixels.shape), "type": str(self._pixels.dtype)}


def places(count: int, samples: Samples, path: Path) -> tuple[tuple[int, ...], bool]:
    """Return the places of the bands to be read of a plain array, opacity last, and whether it has that.

    Raises:
        InputError: a band that it lacks, or so many that nothing says which are its colours.
    """
    bands = Bands(count, 3, 3) if count == 4 else Bands(count, 3 if count == 3 else 1)
    colours, alpha = chosen(bands, samples.bands, path)
    return (colours, False) if alpha is None else ((*colours, alpha), True)
