"""A page of a TIFF, read by the tiles, strips or rows that a region touches."""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.large.sources.source import Pair, Region

Raw = npt.NDArray[Any]

_JPEG = (6, 7, 34892, 33007)  # kinds of compression whose tables stand outside the tiles
_DEAR = 1 << 22  # bytes: a decoded segment from here on is kept for the next region


class Bytes:
    """The bytes of a file, read by several threads."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._stream = path.open("rb", buffering=0)
        self._lock = threading.Lock()
        self.size = path.stat().st_size

    def read(self, offset: int, count: int) -> bytes:
        """Return so many bytes from a place on.

        Raises:
            EOFError: the file ends before.
        """
        parts = []
        with self._lock:
            self._stream.seek(offset)
            while count > 0 and (part := self._stream.read(count)):  # a system reads 2 GiB at most at once
                parts.append(part)
                count -= len(part)
        if count > 0:
            raise EOFError("the file ends before its pixels do")
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


class Handles:
    """The files that an image lies in, each opened once."""

    def __init__(self) -> None:
        self._files: dict[Path, Bytes] = {}

    def of(self, path: Path) -> Bytes:
        """Return a file, opened."""
        if path not in self._files:
            self._files[path] = Bytes(path)
        return self._files[path]

    def close(self) -> None:
        """Close them all."""
        for file in self._files.values():
            file.close()


class Plane:
    """One page's samples; `offset` is where they begin if they lie behind another page's, without one of their own."""

    def __init__(self, file: Bytes, page: Any, offset: int | None = None) -> None:
        self._file, self._page, self._key = file, page, page.keyframe
        key: Any = self._key
        self.size: Pair = (key.imagelength, key.imagewidth)
        tiled = key.is_tiled
        self.chunk: Pair = (
            (key.tilelength, key.tilewidth) if tiled else (min(key.rowsperstrip, key.imagelength), key.imagewidth)
        )
        self._separate = key.planarconfig == 2 and key.samplesperpixel > 1
        self._together = 1 if self._separate else key.samplesperpixel
        self._first: int = page.dataoffsets[0] if offset is None else offset
        self._rows = bool(key.is_final)  # uncompressed, row after row
        if self._rows:
            self.chunk = (1, key.imagewidth)
        self._down, self._across = (-(-whole // part) for whole, part in zip(self.size, self.chunk, strict=True))
        self._kept: tuple[int, Raw] | None = None
        key.decode  # noqa: B018  a cached property that is not made for several threads at once

    def read(self, region: Region, bands: Sequence[int]) -> Raw:
        """Return some bands `(h, w, S)` of a region."""
        if self._separate:
            return np.concatenate([self._plane(region, band, (0,)) for band in bands], axis=2)
        return self._plane(region, 0, bands)

    def missing(self) -> int:
        """Return how many of its segments lie beyond the file's end."""
        if self._rows:
            rows = (self._file.size - self._first) // self._row_bytes()
            return max(0, self.size[0] - max(0, rows))
        ends = np.asarray(self._page.dataoffsets, np.float64) + np.asarray(self._page.databytecounts, np.float64)
        return int((ends > self._file.size).sum())

    def count(self) -> int:
        """Return how many segments it has."""
        return self._down * self._across * (self._key.samplesperpixel if self._separate else 1)

    def _plane(self, region: Region, plane: int, bands: Sequence[int]) -> Raw:
        if self._rows:
            return self._of_rows(region, plane)[..., list(bands)]
        x, y, w, h = region
        tall, wide = self.chunk
        out = np.zeros((h, w, len(bands)), self._key.dtype)
        for row in range(y // tall, (y + h - 1) // tall + 1):
            for column in range(x // wide, (x + w - 1) // wide + 1):
                top, left = row * tall, column * wide
                number = (plane * self._down + row) * self._across + column
                segment = self._segment(number)
                y0, y1, x0, x1 = max(y, top), min(y + h, top + tall), max(x, left), min(x + w, left + wide)
                place = (slice(y0 - y, y1 - y), slice(x0 - x, x1 - x))
                if segment is None:
                    out[place] = self._key.nodata
                else:
                    out[place] = segment[y0 - top : y1 - top, x0 - left : x1 - left][..., list(bands)]
        return out

    def _segment(self, number: int) -> Raw | None:
        """A decoded segment `(h, w, S)`; None: the file leaves it out, as of nothing but background."""
        kept = self._kept
        if kept is not None and kept[0] == number:
            return kept[1]
        page = self._page
        if number >= len(page.dataoffsets):
            raise EOFError(f"it has no tile {number}")
        count = page.databytecounts[number]
        if not count:
            return None
        segment = decoded_segment(page, self._file.read(page.dataoffsets[number], count), number)
        if segment.nbytes >= _DEAR:
            self._kept = (number, segment)
        return segment

    def _of_rows(self, region: Region, plane: int) -> Raw:
        x, y, w, h = region
        kind = np.dtype(self._key.parent.byteorder + self._key._dtype.char)
        row, pixel = self._row_bytes(), self._together * kind.itemsize
        start = self._first + (plane * self.size[0] + y) * row + x * pixel
        if w == self.size[1]:
            content = self._file.read(start, h * row)
        else:
            content = b"".join(self._file.read(start + line * row, w * pixel) for line in range(h))
        return np.frombuffer(content, kind).reshape(h, w, self._together).astype(self._key.dtype, copy=False)

    def _row_bytes(self) -> int:
        return int(self.size[1] * self._together * np.dtype(self._key._dtype).itemsize)


def decoded_segment(page: Any, content: bytes, number: int) -> Raw:
    """Return the samples `(h, w, S)` of a tile or strip."""
    options: dict[str, Any] = {}
    if page.keyframe.compression in _JPEG:
        options = {"jpegtables": page.jpegtables, "jpegheader": page.keyframe.jpegheader}
    segment: Raw = page.keyframe.decode(content, number, **options)[0][0]  # of one slice in depth
    return segment
