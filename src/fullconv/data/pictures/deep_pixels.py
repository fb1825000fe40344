"""Image files of more than 8 bits a channel that Pillow cuts to 8 bits, or cannot open at all."""

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

Floats = npt.NDArray[np.float32]

_TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_PNG = b"\x89PNG\r\n\x1a\n"
_ORIENTATION = 274  # the tag, in TIFF and EXIF alike
# What the largest value of a type stands for is white. Integers of 32 bits hold values of 16.
_WHITE = {"uint16": 65535.0, "uint32": 65535.0, "float16": 1.0, "float32": 1.0, "float64": 1.0}


class Deep(NamedTuple):
    """Pixels `(H, W, C)`, white being 1: grey, grey and alpha, RGB, or RGB and alpha; and how they are to be turned."""

    pixels: Floats
    orientation: int
    pages: int


def deep_pixels(path: Path) -> Deep | None:
    """Return the pixels of a TIFF or a PNG of more than 8 bits a channel; None: any other file, or one for Pillow."""
    with path.open("rb") as stream:
        head = stream.read(26)
    if head[:4] in _TIFF:
        return _tiff(path)
    # A PNG's header: bits a channel, then its colours, of which Pillow keeps 16 bits of plain grey (0) alone.
    if head[:8] == _PNG and head[24:] in (b"\x10\x02", b"\x10\x04", b"\x10\x06"):
        return _png(path)
    return None


def _tiff(path: Path) -> Deep | None:
    import tifffile

    try:
        with tifffile.TiffFile(path) as file:
            page: Any = file.pages[0]
            known = page.photometric in (
                tifffile.PHOTOMETRIC.MINISWHITE,
                tifffile.PHOTOMETRIC.MINISBLACK,
                tifffile.PHOTOMETRIC.RGB,
            )
            if not known or str(page.dtype) not in _WHITE or page.axes not in ("YX", "YXS", "SYX"):
                return None
            _check_size(page.imagewidth, page.imagelength)
            stored = page.asarray()
            orientation, extra, pages = page.tags.valueof(_ORIENTATION, 1), page.extrasamples, len(file.pages)
    except Image.DecompressionBombError:
        raise
    except Exception:
        # A kind of compression that tifffile leaves to another package, or a broken file: Pillow reads it, or says so.
        return None
    if page.axes == "SYX":
        stored = stored.transpose(1, 2, 0)
    pixels = _in_units(stored if stored.ndim == 3 else stored[..., np.newaxis])
    if page.photometric == tifffile.PHOTOMETRIC.MINISWHITE:
        pixels[..., 0] = 1 - pixels[..., 0]
    colours = 3 if page.photometric == tifffile.PHOTOMETRIC.RGB else 1
    has_alpha = len(extra) > 0 and extra[0] in (tifffile.EXTRASAMPLE.ASSOCALPHA, tifffile.EXTRASAMPLE.UNASSALPHA)
    return Deep(pixels[..., : colours + has_alpha], int(orientation), pages)


def _png(path: Path) -> Deep | None:
    with Image.open(path) as image:  # checks the size; the pixels are read below
        if "transparency" in image.info:
            return None
        orientation = orientation_of(image)
    from fullconv.config.quiet import load_tensorflow

    load_tensorflow()
    import tensorflow as tf

    return Deep(_in_units(tf.io.decode_png(path.read_bytes(), dtype=tf.uint16).numpy()), orientation, 1)


def orientation_of(image: Any) -> int:
    """Return an opened image's EXIF orientation, 1 (upright) to 8; broken EXIF data say nothing."""
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:  # Pillow raises whatever broken data lead to
        return 1


def turned(pixels: Floats, orientation: int) -> Floats:
    """Return stored pixels `(H, W, C)` as they are to be seen (EXIF 2.3, section 4.6.4, Orientation)."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)


def _in_units(stored: Any) -> Floats:
    with np.errstate(over="ignore"):  # what is too large for single precision is refused like all above 1
        scaled: Floats = np.asarray(stored, np.float32) / np.float32(_WHITE[str(stored.dtype)])
    return scaled


def _check_size(width: int, height: int) -> None:
    limit = Image.MAX_IMAGE_PIXELS
    if limit is not None and width * height > 2 * limit:
        raise Image.DecompressionBombError(f"{width}x{height} pixels exceed the limit of {2 * limit}")
