"""Pixels on their way through a file that goes away with the process: memory holds what is looked at."""

import os
import tempfile
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]


class Rows:
    """Pictures written one after the other, and read back from a map of the file."""

    def __init__(self) -> None:
        """The file has no name that could stay behind."""
        self._file = tempfile.TemporaryFile(prefix="fullconv-")  # noqa: SIM115  # closed by __exit__
        self._places: list[tuple[int, tuple[int, ...]]] = []
        self._end = 0

    def __enter__(self) -> "Rows":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        # What was mapped stays mapped.
        self._file.close()

    def __len__(self) -> int:
        return len(self._places)

    def add(self, pixels: Pixels) -> None:
        """Append a picture (H, W, C)."""
        self._file.write(np.ascontiguousarray(pixels).data)
        self._places.append((self._end, pixels.shape))
        self._end += pixels.size

    def pictures(self) -> list[Pixels]:
        """Return every picture in its own size, read-only."""
        flat = self._mapped((self._end,))
        return [flat[start : start + int(np.prod(shape))].reshape(shape) for start, shape in self._places]

    def stacked(self, shape: tuple[int, ...]) -> Pixels:
        """Return pictures that all have one shape as one array (N, *shape), read-only."""
        return self._mapped((len(self), *shape))

    def _mapped(self, shape: tuple[int, ...]) -> Pixels:
        self._file.flush()
        if not self._end:
            return np.empty(shape, np.uint8)
        file: Any = os.fdopen(os.dup(self._file.fileno()), "rb")
        with file:
            mapped: Any = np.memmap(file, np.uint8, "r", shape=shape)
        found: Pixels = mapped.view(np.ndarray)
        return found
