"""What the numbers in a picture file stand for: which are read, and what is black and white among them."""

import logging
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from fullconv.errors import InputError

log = logging.getLogger(__name__)

Floats = npt.NDArray[np.float32]

_SENSORS = (8, 10, 12, 14)  # bits that are kept in 16
_WIDER = (*_SENSORS, 15, 16, 24, 31, 32)
_HALF = 16  # bits that integers of 32 and 64 are taken to hold


class Samples(NamedTuple):
    """What a person says of a file's samples: `dataset.bands` (counted from 1) and `dataset.bits`."""

    bands: tuple[int, ...] = ()  # empty: as the file says; one is grey, three are red, green, blue
    bits: int | None = None  # white is 2 ** bits - 1; None: as the file and its type say


AS_STORED = Samples()
SEVERAL = "of several pages the first is read"


class Stored(NamedTuple):
    """Pixels `(H, W, 1)` or `(H, W, 3)` as they lie in a file, white being 1, and how they are to be seen."""

    pixels: Floats
    alpha: Floats | None = None  # (H, W, 1)
    premultiplied: bool = False
    orientation: int = 1
    several: str = ""  # what is to be said of further pages


@lru_cache(maxsize=4096)  # a picture is read for the search and again for its figure: once is enough
def warn(path: Path, message: str) -> None:
    """Log a warning about a file, the same one once."""
    log.warning("%s: %s", path, message)


def in_units(raw: npt.NDArray[Any], path: Path, bits: int | None, stated: int | None = None) -> Floats:
    """Return samples with black at 0 and white at 1; `stated` are the bits that the file itself tells.

    Floating-point samples are divided by 2^bits - 1 if `bits` says so, else they are units already. Integers of
    8 and 16 bits have the range of their type, signed ones too; those of 32 and 64 bits hold 16. `bits` replaces
    that: 0 to 2^bits - 1, and of a signed type's own width its whole range.

    Raises:
        InputError: values that the range does not hold, or a type that is no number of one dimension.
    """
    if raw.dtype.kind == "b":
        return raw.astype(np.float32)
    if raw.dtype.kind == "f":
        return _of_floats(raw, path, bits)
    if raw.dtype.kind not in "iu":
        raise InputError(str(path), f"samples of type {raw.dtype}", "Give integers or real numbers.")
    if not raw.size:
        return raw.astype(np.float32)
    width, signed = 8 * raw.dtype.itemsize, raw.dtype.kind == "i"
    least, most = int(raw.min()), int(raw.max())
    held = min(bits or stated or (width if width <= _HALF else _HALF), width)
    black = -(1 << (held - 1)) if signed and held == width else 0
    white = black + (1 << held) - 1
    if least < black or most > white:
        wanted = _bits_for(least, most, width if signed else None)
        received = f"values from {least} to {most}, where {held} bits hold {black} to {white}"
        raise InputError(str(path), received, f"dataset.bits={wanted} reads them.")
    if bits is None and stated is None:
        _doubt(path, least, most, width, signed)
    if width <= _HALF and not signed:
        return raw.astype(np.float32) / np.float32(white)
    units: Floats = ((raw.astype(np.float64) - black) / (white - black)).astype(np.float32)
    return units


def _of_floats(raw: npt.NDArray[Any], path: Path, bits: int | None) -> Floats:
    with np.errstate(over="ignore", invalid="ignore"):
        units: Floats = np.asarray(raw / ((1 << bits) - 1) if bits else raw, np.float32)
    # The comparison is also false for NaN.
    if bool(((units >= 0) & (units <= 1)).all()):
        return units
    least, most = float(raw.min()), float(raw.max())
    mend = "Mend or scale them to 0..1 first."
    if bits is None and least >= 0 and most < 1 << _WIDER[-1]:
        wanted = _bits_for(0, int(np.ceil(most)), None)
        mend = f"dataset.bits={wanted} divides them by {(1 << wanted) - 1}; or scale them first."
    received = f"pixels that are NaN or outside 0..1 ({least:g} to {most:g}{f', {bits} bits' if bits else ''})"
    raise InputError(str(path), received, mend)


def _bits_for(least: int, most: int, width: int | None) -> int:
    """The fewest bits, of those that are usual, which hold the values; negative ones need a signed type's width."""
    if least < 0 and width is not None:
        return width
    return next((bits for bits in _WIDER if most < 1 << bits), 64)


def _doubt(path: Path, least: int, most: int, width: int, signed: bool) -> None:
    """Tell where the range that was taken is seldom the one that is meant."""
    if signed and width <= _HALF:
        half = 1 << (width - 1)
        wanted = width if least < 0 else _bits_for(0, most, None) if width == _HALF else width - 1
        other = f"dataset.bits={wanted} " + ("says so" if least < 0 else f"reads 0 to {(1 << wanted) - 1}")
        warn(path, f"signed samples: {-half} to {half - 1} are read as 0..1; {other}")
    elif width >= _HALF and 0 < most < 1 << _SENSORS[-1]:
        bits = _bits_for(0, most, None)
        warn(path, f"largest value {most}: looks like {bits} bits in {width}; dataset.bits={bits}")
