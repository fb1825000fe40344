"""Pictures that are decoded whole: what Pillow reads, up to its limit."""

import threading
import warnings
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from fullconv.data.pictures.images import decoded
from fullconv.data.pictures.orientation import frame_of
from fullconv.data.pictures.samples import Floats, Samples
from fullconv.errors import InputError
from fullconv.large.sources.identity import of_file
from fullconv.large.sources.source import Region
from fullconv.large.sources.upright import Raw, Upright

_MEND = "Give a readable image file (PNG, JPEG, TIFF …) or a zarr."


_LARGE = "Convert it to tiles first: vips tiffsave IN OUT.tif --tile --pyramid --bigtiff --compression deflate"


def small(pixels: Floats) -> Raw:
    """Return units in the smallest type that gives them back exactly."""
    for kind in (np.uint8, np.uint16):
        white = np.float32(np.iinfo(kind).max)
        held = np.empty(pixels.shape, kind)
        for line, units in zip(held, pixels, strict=True):  # a row at a time, to hold no second copy
            line[...] = np.rint(units * white)
            if not np.array_equal(line.astype(np.float32) / white, units):
                break
        else:
            return held
    return pixels


def _refused(path: Path, channels: int, samples: Samples) -> InputError:
    """What keeps a file from being a picture, as it is said of small ones."""
    try:
        decoded(path, channels, "white", samples)
    except InputError as error:
        large = isinstance(error.__cause__, Image.DecompressionBombError)
        return InputError(error.where, error.received, _LARGE) if large else error
    return InputError(str(path), "cannot be read as an image", _MEND)


def _check_size(path: Path, height: int, width: int) -> None:
    # Up to twice Pillow's number is a warning there, from there on an error.
    limit = Image.MAX_IMAGE_PIXELS
    if limit is not None and height * width > 2 * limit:
        received = f"{width}x{height} pixels, which would have to be decoded whole"
        raise InputError(str(path), received, _LARGE)


def _as_held(pixels: Raw) -> Floats:
    if pixels.dtype == np.float32:
        return pixels
    units: Floats = pixels.astype(np.float32) / np.float32(np.iinfo(pixels.dtype).max)
    return units


class WholeSource(Upright):
    """A picture that its first region decodes; it is held at the size of its samples, most often a byte each."""

    def __init__(self, path: Path, channels: int, samples: Samples) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            frame = frame_of(path)
        if frame is None:
            raise _refused(path, channels, samples)
        _check_size(path, *frame.upright)
        self._path, self._samples = path, samples
        self._lock = threading.Lock()
        self._pixels: Raw | None = None
        # Upright already: what decodes it turns it.
        super().__init__(str(path), [frame.upright], channels, frame.upright, _as_held)

    def load(self) -> Raw:
        """Return the whole picture, as it is held.

        Raises:
            InputError: it cannot be decoded.
        """
        with self._lock:
            if self._pixels is None:
                self._pixels = small(decoded(self._path, self.shape[2], "white", self._samples))
            return self._pixels

    def _raw(self, region: Region, level: int) -> Raw:
        x, y, w, h = region
        return self.load()[y : y + h, x : x + w]

    def identity(self) -> dict[str, Any]:
        """Return the file's size in bytes, its shape, and the digest of its ends."""
        return {**of_file(self._path), "shape": list(self.shape)}

    def close(self) -> None:
        """Let go of the pixels."""
        super().close()
        self._pixels = None
