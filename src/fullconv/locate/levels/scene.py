"""The pixels that levels are made of: of whole images, or of a part of one that is larger than memory."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fullconv.locate.levels.pyramid import Level

if TYPE_CHECKING:
    from fullconv.convert.geometry import Pair

FloatArray = npt.NDArray[np.float32]


Read = Callable[["Pair", "Pair"], FloatArray]  # rows and columns, from the first up to one past the last: (h, w, C)


class Scene:
    """Images of one size in 0..1, (N, h, w, C) from the pixel `first` (y, x) of theirs on."""

    def __init__(
        self,
        pixels: FloatArray,
        first: "Pair" = (0, 0),
        reduced: "Mapping[Pair, FloatArray] | None" = None,
        read: Read | None = None,
    ) -> None:
        """Take what is held of the images; `reduced` are whole levels (h, w, C) of the only one, by their size.

        Of an only image that is not held `read` gives what is needed when it is.
        """
        self._pixels, self._first, self._reduced, self._read = pixels, first, reduced or {}, read

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self._pixels)

    @property
    def held(self) -> bool:
        """Whether pixels are in memory."""
        return self._read is None

    @property
    def channels(self) -> int:
        """Channels of a pixel."""
        return int(self._pixels.shape[-1])

    def of(self, which: slice) -> "Scene":
        """Return some of the images."""
        return Scene(self._pixels[which], self._first, self._reduced, self._read)

    def region(self, level: Level, rows: "Pair", cols: "Pair") -> FloatArray:
        """Return rows and columns (N, h, w, C) of what is held of a level, from the first up to one past the last."""
        down, across = (
            (first + start, first + stop) for (first, _), (start, stop) in zip(level.held, (rows, cols), strict=True)
        )
        return self.image(replace(level, held=(down, across)))

    def image(self, level: Level) -> FloatArray:
        """Return what is held of a level (N, h, w, C), edges repeated."""
        if level.size in self._reduced:
            down, across = (slice(*span) for span in level.own)
            return level.bordered(self._reduced[level.size][np.newaxis, down, across])
        if self._read is None:
            return level.image(self._pixels, self._first)
        rows, cols = level.needed
        return level.image(self._read(rows, cols)[np.newaxis], (rows[0], cols[0]))
