"""The pixels of an opened image as a search reads them: what cannot be read is filled and remembered."""

import logging
from collections.abc import Iterator
from itertools import product
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fullconv.errors import InputError
from fullconv.large.sources.source import BrokenTile, Source

if TYPE_CHECKING:
    from fullconv.convert.geometry import Pair

log = logging.getLogger(__name__)

FloatArray = npt.NDArray[np.float32]
Region = tuple[int, int, int, int]  # x, y, width, height in pixels

_FILLED = 0.5  # what stands for pixels that cannot be read


class Pixels:
    """Rows and columns of an image in 0..1; `dark` ones are turned round, as a network of light objects reads them."""

    def __init__(self, source: Source, dark: bool = False) -> None:
        """Take an opened image."""
        self._source, self._dark, self._lock = source, dark, Lock()
        self._broken: set[Region] = set()
        self.shape, self.chunk = source.shape, source.chunk

    def broken_in(self, region: Region) -> list[Region]:
        """Return the regions that could not be read so far and touch one."""
        x, y, width, height = region
        return sorted(
            one
            for one in self._broken
            if one[0] < x + width and x < one[0] + one[2] and one[1] < y + height and y < one[1] + one[3]
        )

    def read(self, rows: "Pair", cols: "Pair") -> FloatArray:
        """Return pixels (h, w, C), from the first row and column up to one past the last.

        What the file has lost is grey, and told once.

        Raises:
            InputError: the image cannot be read at all.
        """
        region = (cols[0], rows[0], cols[1] - cols[0], rows[1] - rows[0])
        try:
            pixels = self._source.read(region)
        except BrokenTile:
            pixels = self._mended(rows, cols)
        return 1 - pixels if self._dark else pixels

    def _mended(self, rows: "Pair", cols: "Pair") -> FloatArray:
        """Return what can be read, piece by piece."""
        pixels = np.full((rows[1] - rows[0], cols[1] - cols[0], self.shape[2]), _FILLED, np.float32)
        for down, across in product(_pieces(rows, self.chunk[0]), _pieces(cols, self.chunk[1])):
            region = (across[0], down[0], across[1] - across[0], down[1] - down[0])
            try:
                part = self._source.read(region)
            except BrokenTile as error:
                self._tell(region, error)
                continue
            pixels[down[0] - rows[0] : down[1] - rows[0], across[0] - cols[0] : across[1] - cols[0]] = part
        return pixels

    def _tell(self, region: Region, error: InputError) -> None:
        """Remember the whole piece of the file that a region lies in."""
        x, y, _, _ = region
        left, top = x - x % self.chunk[1], y - y % self.chunk[0]
        whole = (left, top, min(self.chunk[1], self.shape[1] - left), min(self.chunk[0], self.shape[0] - top))
        with self._lock:
            new = whole not in self._broken
            self._broken.add(whole)
        if new:
            log.error("%s", error)


def _pieces(span: "Pair", length: int) -> "Iterator[Pair]":
    """Yield a span in pieces that begin where those of the file do."""
    start = span[0]
    while start < span[1]:
        stop = min(span[1], start - start % length + length)
        yield start, stop
        start = stop
