"""Arrays in `.npy` files, of which the rows that a region touches are read."""

from pathlib import Path
from typing import Any

import numpy as np

from fullconv.data.pictures.samples import Samples
from fullconv.errors import InputError
from fullconv.large.sources.arrays import places
from fullconv.large.sources.axes import layout_of
from fullconv.large.sources.identity import of_file
from fullconv.large.sources.meaning import Numbers
from fullconv.large.sources.source import Pair, Region
from fullconv.large.sources.upright import Raw, Upright

_ROWS = 16  # read at once at little cost


class NumpySource(Upright):
    """A `.npy` file `(H, W)`, `(H, W, C)` or `(C, H, W)`, mapped into memory."""

    def __init__(self, path: Path, channels: int, samples: Samples, axes: str | None) -> None:
        try:
            array = np.load(path, mmap_mode="r", allow_pickle=False)
        except Exception as error:  # whatever a broken header leads to
            received = f"cannot be read as an array ({str(error).splitlines()[0][:120]})"
            raise InputError(str(path), received, "Save integers or real numbers by numpy.save.") from error
        if array.dtype.kind not in "biuf":
            raise InputError(str(path), f"samples of type {array.dtype}", "Give integers or real numbers.")
        if not array.size:
            raise InputError(str(path), f"an array of shape {array.shape}", "Give one that holds pixels.")
        self._array, self._path = array, path
        self._layout = layout_of(array.shape, axes, None, str(path))
        self._places, alpha = places(self._layout.bands(array.shape), samples, path)
        size = self._layout.size(array.shape)
        chunk: Pair = (min(_ROWS, size[0]), size[1])
        numbers = Numbers(path, channels, samples, alpha)
        super().__init__(str(path), [size], channels, chunk, numbers)
        self._probe(numbers)

    def _raw(self, region: Region, level: int) -> Raw:
        return self._layout.part(self._array, region, self._places)

    def identity(self) -> dict[str, Any]:
        """Return the file's size in bytes, its shape, and the digest of its ends."""
        return {**of_file(self._path), "shape": list(self.shape), "axes": self._layout.names}
