"""Parts of a region that are asked for from the top down, cut from strips of whole chunks."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from fullconv.convert.geometry import Pair
    from fullconv.locate.levels.pyramid import Spans

FloatArray = npt.NDArray[np.float32]
Read = Callable[["Pair", "Pair"], FloatArray]

# Rows beyond what is asked for that are read with it, at the most.
_MORE = 1024


class Strips:
    """Rows and columns (h, w, C) of a region of an image; a chunk of its file is decoded once on the way down.

    Who asks for rows above those that were asked for last begins anew. For one thread at a time.
    """

    def __init__(self, read: Read, region: "Spans", chunk: int) -> None:
        """Take what reads rows and columns, those of the region, and how many rows a chunk has."""
        self._read, self._end, self._across, self._chunk = read, region[0][1], region[1], chunk
        self._first = region[0][0]
        self._held: FloatArray | None = None

    def __call__(self, rows: "Pair", cols: "Pair") -> FloatArray:
        """Return rows and columns, from the first up to one past the last.

        Raises:
            InputError: they cannot be read.
        """
        held = self._held
        last = self._first if held is None else self._first + len(held)
        if held is None or not self._first <= rows[0] <= last:
            held, self._first, last = None, rows[0], rows[0]
        if rows[1] > last:
            whole = -(-rows[1] // self._chunk) * self._chunk
            stop = max(rows[1], min(whole, rows[1] + _MORE, self._end))
            new = self._read((last, stop), self._across)
            held = new if held is None else np.concatenate([held[rows[0] - self._first :], new])
            self._first = rows[0]
        self._held = held
        assert held is not None
        left = self._across[0]
        return held[rows[0] - self._first : rows[1] - self._first, cols[0] - left : cols[1] - left]
