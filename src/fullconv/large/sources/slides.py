"""Whole slides in the formats of scanners, through OpenSlide (the extra `slide`)."""

import threading
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from fullconv.data.pictures.samples import Samples
from fullconv.errors import InputError
from fullconv.large.sources.identity import of_file
from fullconv.large.sources.meaning import Colours
from fullconv.large.sources.microns import known
from fullconv.large.sources.source import Pair, Region
from fullconv.large.sources.upright import Raw, Upright, reduces

# The TIFFs among them: tiles of .bif overlap, the first page of .scn is an overview, .ndpi has strips of a JPEG.
_EXTRA = "pip install 'fullconv[slide]', or convert it to a tiled TIFF."
_CHUNK = 256


class SlideSource(Upright):
    """A slide that OpenSlide reads; where it was not scanned it is white."""

    def __init__(self, path: Path, channels: int, samples: Samples) -> None:
        self._path, self._lock = path, threading.Lock()
        self._slide = slide = _opened(path)
        sizes = [(height, width) for width, height in slide.level_dimensions]
        kept = [0, *(at for at, size in enumerate(sizes) if at and reduces(size, sizes[0], slack=4))]
        self._kept = kept
        said = slide.properties
        tall, wide = (int(said.get(f"openslide.level[0].tile-{side}", _CHUNK)) for side in ("height", "width"))
        chunk: Pair = (min(tall, sizes[0][0]), min(wide, sizes[0][1]))
        meaning = Colours(path, channels, samples, "RGBA")
        super().__init__(str(path), [sizes[at] for at in kept], channels, chunk, meaning)
        y, x = said.get("openslide.mpp-y"), said.get("openslide.mpp-x")
        self.microns = known((float(y), float(x))) if y and x else None

    def _raw(self, region: Region, level: int) -> Raw:
        x, y, w, h = region
        number = self._kept[level]
        (height, width), (tall, wide) = self.levels[0], self.levels[level]
        # The place is one of the first level's pixels, whatever the level.
        corner = (round(x * width / wide), round(y * height / tall))
        with self._lock:
            try:
                return np.asarray(self._slide.read_region(corner, number, (w, h)))
            except Exception:
                # OpenSlide reads nothing more from a file that was broken once.
                self._slide.close()
                self._slide = _opened(self._path)
                raise

    def identity(self) -> dict[str, Any]:
        """Return the file's size in bytes, its shape, and the digest of its ends."""
        return {**of_file(self._path), "shape": list(self.shape)}

    def close(self) -> None:
        """Close the file."""
        super().close()
        self._slide.close()


def _opened(path: Path) -> Any:
    try:
        openslide = import_module("openslide")
    except (ImportError, OSError) as error:
        raise InputError(str(path), "a slide, which needs OpenSlide", _EXTRA) from error
    try:
        return openslide.OpenSlide(str(path))
    except Exception as error:
        received = f"cannot be read as a slide ({str(error)[:120] or type(error).__name__})"
        raise InputError(str(path), received, "Copy it again with the files that belong to it.") from error
