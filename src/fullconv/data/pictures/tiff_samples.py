"""The samples of a TIFF as they are stored, and the bits that it says they have."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from fullconv.data.pictures.orientation import loaded
from fullconv.data.pictures.samples import warn
from fullconv.errors import InputError

Raw = npt.NDArray[Any]

_LARGEST = (281, 341)  # tags MaxSampleValue and SMaxSampleValue


def stacked(file: Any) -> Raw:
    """Return the bands `(H, W, C)` of a file that has each in a page of its own."""
    series = file.series[0]
    axis = series.axes.index("C") if "C" in series.axes else 0
    bands: Raw = np.moveaxis(series.asarray(), axis, -1)
    first: Raw = bands[(0,) * (bands.ndim - 3)]
    return first


def stored(path: Path, page: Any, bits: int | None, needed: Sequence[int]) -> Raw:
    """Return a page's samples `(H, W, C)`; `bits` are those that a person gives, `needed` the places of bands.

    Raises:
        InputError: a kind of compression that is not known for so many bands.
    """
    try:
        raw: Raw = page.asarray()
    except Exception as error:  # tifffile raises many kinds where it lacks a package
        if not isinstance(error, ImportError) and "imagecodecs" not in str(error):
            raise
        return _by_pillow(path, page, bits, needed)
    if page.axes == "SYX":
        raw = raw.transpose(1, 2, 0)
    return raw if raw.ndim == 3 else raw[..., np.newaxis]


def _by_pillow(path: Path, page: Any, bits: int | None, needed: Sequence[int]) -> Raw:
    """Samples whose compression Pillow alone knows: one band as it is, colours in 8 bits, beside opacity no others."""
    alone, kind = page.samplesperpixel == 1, str(page.dtype)
    coloured = page.photometric.name == "RGB" and (kind == "uint8" or (kind == "uint16" and not bits))
    raw = _decoded(path) if alone or coloured else None
    if raw is None or raw.shape[2] <= max(needed):
        received = f"{page.samplesperpixel} bands of {kind}, compressed by {page.compression.name}"
        raise InputError(str(path), received, "pip install imagecodecs, or save it uncompressed or with deflate.")
    if 1 in map(int, page.extrasamples) and raw.shape[2] == 4:
        opaque = np.rint(raw[..., :3] * (raw[..., 3:] / 255)).astype(np.uint8)  # as the file has them, not as Pillow
        raw = np.concatenate([opaque, raw[..., 3:]], axis=2)
    if not alone and kind == "uint16":
        warn(path, f"8 of its 16 bits are read, since {page.compression.name} needs another package: imagecodecs")
        return raw.astype(np.uint16) * 257
    return raw.view(page.dtype) if raw.itemsize == page.dtype.itemsize else raw.astype(page.dtype)


def _decoded(path: Path) -> Raw | None:
    try:
        with path.open("rb") as stream, Image.open(stream) as image:
            raw = np.asarray(loaded(image, path)[0])
    except UnidentifiedImageError:
        return None
    return raw if raw.ndim == 3 else raw[..., np.newaxis]


def stated(path: Path, page: Any, raw: Raw) -> int | None:
    """Return the bits that the file itself tells: those of a sample, or its largest value where that is 2^bits - 1."""
    if raw.dtype.kind not in "iu" or not raw.size:
        return None
    width, bits = 8 * raw.dtype.itemsize, page.bitspersample
    if raw.dtype.kind == "u" and isinstance(bits, int) and bits < width:
        return bits
    for tag in _LARGEST:
        most = _whole(page.tags.valueof(tag, 0))
        bits = most.bit_length()
        if 8 <= bits < width and most == (1 << bits) - 1 and int(raw.min()) >= 0 and int(raw.max()) <= most:
            warn(path, f"white is {most}, as its tag {tag} says; dataset.bits={width} takes another")
            return bits
    return None


def _whole(value: Any) -> int:
    """The largest of a tag's numbers; 0 for what is none."""
    values = np.ravel(value)
    return int(values.max()) if values.size and values.dtype.kind in "iuf" and np.isfinite(values).all() else 0
