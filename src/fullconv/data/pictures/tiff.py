"""TIFF files: which of their bands are read, and what their samples stand for."""

from pathlib import Path
from typing import Any

import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from fullconv.data.pictures.bands import Bands, chosen
from fullconv.data.pictures.orientation import TAG, meant
from fullconv.data.pictures.samples import SEVERAL, Floats, Samples, Stored, in_units
from fullconv.data.pictures.tiff_samples import stacked, stated, stored
from fullconv.errors import InputError

_GREY, _RGB = ("MINISWHITE", "MINISBLACK"), "RGB"
_PILLOWS = ("PALETTE", "SEPARATED", "YCBCR", "CIELAB")
_LOOKED_AT = 64  # pages


def read_tiff(path: Path, samples: Samples) -> Stored | str:
    """Return the pixels of a TIFF; or, if it is one for Pillow, what is to be said of further pages.

    Raises:
        InputError: bands of which nothing says what they are, or a kind of colour or number that cannot be read.
    """
    import tifffile

    try:
        file = tifffile.TiffFile(path)
    except Exception:  # Pillow reads it, or says what is broken
        return ""
    with file:
        page: Any = file.pages[0]
        several = several_of(file)
        kind = kind_of(page)
        if kind in _PILLOWS and _is_pillows(path):
            return several
        if kind not in (*_GREY, _RGB) or page.axes not in ("YX", "YXS", "SYX") or page.dtype is None:
            received = f"a TIFF of {kind}, axes {page.axes}, type {page.dtype or page.bitspersample}"
            raise InputError(str(path), received, "Save it as grey or RGB.")
        stack = bands_in_pages(file, samples)
        bands = bands_of(page, kind, stack)
        if for_pillow(page, bands, samples):
            return several
        _check_size(page, stack or 1)
        colours, alpha = chosen(bands, samples.bands, path)
        needed = colours if alpha is None else (*colours, alpha)
        raw = stored(path, page, samples.bits, needed) if stack is None else stacked(file)
        bits = stated(path, page, raw)
        orientation = meant(page.tags.valueof(TAG, 1))
    pixels = in_units(raw[..., list(colours)], path, samples.bits, bits)
    if kind == "MINISWHITE":
        pixels = 1 - pixels
    opacity = None if alpha is None else _opacity(raw[..., [alpha]], path, samples.bits)
    return Stored(pixels, opacity, bands.premultiplied, orientation, "" if stack else several)


def kind_of(page: Any) -> str:
    """Return the name of a page's kind of colour; where the tag is missing, black is 0."""
    import tifffile

    value = page.tags.valueof("PhotometricInterpretation", 1)
    try:
        return str(tifffile.PHOTOMETRIC(value).name)
    except ValueError:
        return f"photometric interpretation {value}"


def several_of(file: Any) -> str:
    """Return what is to be said of further pictures: not of smaller copies of the first, and of masks."""
    try:
        # By number: the pages of a file may follow each other in a circle.
        others = (file.pages[number] for number in range(1, min(len(file.pages), _LOOKED_AT)))
        if all(int(getattr(page, "subfiletype", 0) or 0) & 0b101 for page in others):
            return ""
        stack = bands_in_pages(file, Samples((2,))) is not None
    except Exception:  # what is broken behind the first page is not read
        return ""
    return f"{SEVERAL}; dataset.bands=[1,2,3] takes pages as bands" if stack else SEVERAL


def _is_pillows(path: Path) -> bool:
    try:
        Image.open(path).close()
    except UnidentifiedImageError:
        return False
    return True


def bands_of(page: Any, kind: str, stack: int | None) -> Bands:
    """Return a picture's bands; `stack` is their number where each is a page of its own."""
    count = page.samplesperpixel if stack is None else stack
    premultiplied = any(int(one) == 1 for one in page.extrasamples)
    return Bands(count, 3 if kind == _RGB else 1, _alpha(page), premultiplied)


def _alpha(page: Any) -> int | None:
    """The place of the band that the file calls opacity."""
    colours = page.samplesperpixel - len(page.extrasamples)
    return next((colours + at for at, one in enumerate(page.extrasamples) if int(one) in (1, 2)), None)


def _opacity(raw: npt.NDArray[Any], path: Path, bits: int | None) -> Floats:
    """Opacity in 0..1: in the bits that a person gives, unless it has all of its type's."""
    if raw.dtype.kind not in "iu":
        return in_units(raw, path, bits)
    few = bits is not None and raw.size > 0 and int(raw.max()) < 1 << bits
    return in_units(raw, path, bits if few else 8 * raw.dtype.itemsize)


def bands_in_pages(file: Any, samples: Samples) -> int | None:
    """Return how many bands the first picture has, where each is a page of its own; None: they lie in one page."""
    page, series = file.pages[0], file.series[0]
    if page.samplesperpixel > 1 or series.axes[-2:] != "YX" or len(series.shape) < 3:
        return None
    if "C" in series.axes and series.shape[series.axes.index("C")] > 1:
        return int(series.shape[series.axes.index("C")])
    pages = int(series.shape[0])
    # Pages that are not called channels are bands only if a person asks for a second one.
    return pages if len(series.shape) == 3 and max(samples.bands, default=1) > 1 else None


def for_pillow(page: Any, bands: Bands, samples: Samples) -> bool:
    """Return whether Pillow reads the file right: 8 bits or fewer, as grey or RGB, with or without opacity."""
    plain = bands.count == page.samplesperpixel and bands.plain and not samples.bands
    return plain and page.dtype.kind in "bu" and page.dtype.itemsize == 1


def _check_size(page: Any, count: int) -> None:
    limit = Image.MAX_IMAGE_PIXELS
    pixels = page.imagewidth * page.imagelength * count
    if limit is not None and pixels > 2 * limit:
        size = f"{page.imagewidth}x{page.imagelength} pixels"
        raise Image.DecompressionBombError(f"{size} exceed the limit of {2 * limit}")
