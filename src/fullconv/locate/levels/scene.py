"""The pixels that levels are made of: of whole images, or of a part of one that is larger than memory."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fullconv.locate.levels.pyramid import Level

if TYPE_CHECKING:
    from fullconv.convert.geometry import Pair

FloatArray = npt.NDArray[np.float32]


class Scene:
    """Images of one size in 0..1, (N, h, w, C) from the pixel `first` (y, x) of theirs on."""

    def __init__(
        self, pixels: FloatArray, first: "Pair" = (0, 0), reduced: "Mapping[Pair, FloatArray] | None" = None
    ) -> None:
        """Take what is held of the images; `reduced` are whole levels (h, w, C) of the only one, by their size."""
        self._pixels, self._first, self._reduced = pixels, first, reduced or {}

    def __len__(self) -> int:
        """Return the number of images."""
        return len(self._pixels)

    @property
    def channels(self) -> int:
        """Channels of a pixel."""
        return int(self._pixels.shape[-1])

    def of(self, which: slice) -> "Scene":
        """Return some of the images."""
        return Scene(self._pixels[which], self._first, self._reduced)

    def image(self, level: Level) -> FloatArray:
        """Return what is held of a level (N, h, w, C), edges repeated."""
        if level.size not in self._reduced:
            return level.image(self._pixels, self._first)
        down, across = (slice(*span) for span in level.own)
        return level.bordered(self._reduced[level.size][np.newaxis, down, across])
