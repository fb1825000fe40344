"""The samples of a TIFF as they are stored, and the bits that it says they have."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from fullconv.data.pictures.orientation import TAG, meant, turned
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


def stored(path: Path, page: Any, bits: int | None) -> Raw:
    """Return a page's samples `(H, W, C)`; `bits` are those that a person gives.

    Raises:
        InputError: a kind of compression that is not known for so many bands.
    """
    try:
        raw: Raw = page.asarray()
    except ValueError as error:
        if "imagecodecs" not in str(error):
            raise
        return _by_pillow(path, page, bits)
    if page.axes == "SYX":
        raw = raw.transpose(1, 2, 0)
    return raw if raw.ndim == 3 else raw[..., np.newaxis]


def _by_pillow(path: Path, page: Any, bits: int | None) -> Raw:
    """Samples whose compression Pillow alone knows: one band as it is, 16-bit colours cut to 8 bits."""
    alone, cut = page.samplesperpixel == 1, str(page.dtype) == "uint16" and page.photometric.name == "RGB"
    if not alone and (not cut or bits or 1 in map(int, page.extrasamples)):
        received = f"{page.samplesperpixel} bands of {page.dtype}, compressed by {page.compression.name}"
        raise InputError(str(path), received, "pip install imagecodecs, or save it uncompressed or with deflate.")
    with Image.open(path) as image:
        image.load()
        raw = np.asarray(image)
    raw = raw if raw.ndim == 3 else raw[..., np.newaxis]
    if raw.shape[2] != page.samplesperpixel:
        raise ValueError(f"{page.compression.name} of {page.samplesperpixel} bands")
    orientation = meant(page.tags.valueof(TAG, 1))
    raw = turned(raw, {6: 8, 8: 6}.get(orientation, orientation))  # Pillow has turned it; the others undo themselves
    if not alone:
        warn(path, f"8 of its 16 bits are read, since {page.compression.name} needs another package: imagecodecs")
        return raw.astype(np.uint16) * 257
    return raw.view(page.dtype) if raw.itemsize == page.dtype.itemsize else raw.astype(page.dtype)


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
