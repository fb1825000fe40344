"""What stored samples stand for: the same for every region of an image, however dark it is."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from fullconv.data.pictures.eight_bits import pixels_of
from fullconv.data.pictures.grounds import laid
from fullconv.data.pictures.samples import Floats, Samples, Stored, in_units

Raw = npt.NDArray[Any]


@dataclass(frozen=True)
class Numbers:
    """Samples that are colours, and opacity as the last of them if `alpha`, in bits that the file or a person tells."""

    path: Path
    channels: int
    samples: Samples
    alpha: bool = False
    premultiplied: bool = False
    inverted: bool = False
    stated: int | None = None  # bits that the file tells
    opacity: int | None = None  # bits of opacity, if not all of its type

    def __call__(self, raw: Raw) -> Floats:
        """Return samples `(h, w, S)` as float32 `(h, w, C)` in 0..1, over white where they are transparent.

        Raises:
            InputError: values that the range does not hold.
            ValueError: NaN or infinity among values that it does hold.
        """
        if raw.dtype.kind == "f" and not np.isfinite(raw).all():
            self._units(np.where(np.isfinite(raw), raw, 0))
            raise ValueError("pixels that are NaN or infinite")
        colours = raw[..., :-1] if self.alpha else raw
        pixels = self._units(colours)
        if self.inverted:
            pixels = 1 - pixels
        alpha = None
        if self.alpha:
            last = raw[..., -1:]
            bits = self.samples.bits if last.dtype.kind == "f" else self.opacity or 8 * last.dtype.itemsize
            alpha = in_units(last, self.path, bits)
        return laid(Stored(pixels, alpha, self.premultiplied), self.channels, "white")

    def _units(self, raw: Raw) -> Floats:
        # A range that is told keeps each dark region from being doubted anew.
        usual = min(8 * raw.dtype.itemsize, 16)
        return in_units(raw, self.path, self.samples.bits, self.stated or usual)


def probed(numbers: Numbers, parts: Iterable[Raw]) -> Numbers:
    """Return what samples stand for after a look at a few parts of an image, and tell where that is doubtful.

    Raises:
        InputError: values that their range does not hold.
    """
    bits, ends, opaque = numbers.samples.bits, [], 0
    for raw in parts:
        if raw.dtype in (np.uint8, np.bool_) and not (numbers.alpha and bits):
            break  # nothing to be learnt
        colours = raw[..., :-1] if numbers.alpha else raw
        known = colours[np.isfinite(colours)] if raw.dtype.kind == "f" else colours
        if known.size:
            ends.append(np.array([known.min(), known.max()]))
        if numbers.alpha and raw.dtype.kind in "iu":
            opaque = max(opaque, int(raw[..., -1].max()))
    if ends:
        in_units(np.concatenate(ends), numbers.path, bits, numbers.stated)
    few = bits is not None and 0 < opaque < 1 << bits
    return replace(numbers, opacity=bits if few else None)


@dataclass(frozen=True)
class Colours:
    """Samples of 8 bits in one of Pillow's modes: they become what Pillow makes of them."""

    path: Path
    channels: int
    samples: Samples
    mode: str
    stored: str = ""  # Pillow's raw mode, if it is another

    def __call__(self, raw: Raw) -> Floats:
        """Return samples `(h, w, S)` as float32 `(h, w, C)` in 0..1, over white where they are transparent."""
        size = (raw.shape[1], raw.shape[0])
        content = np.ascontiguousarray(raw, np.uint8).tobytes()
        image = Image.frombytes(self.mode, size, content, "raw", self.stored or self.mode)
        return pixels_of(image, self.channels, "white", self.path, self.samples)
