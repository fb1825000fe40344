"""A large image at a size that people look at."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fullconv.data.pictures.polarity import dark_objects, luma
from fullconv.large.sources.source import BrokenTile
from fullconv.locate.levels.resize import reduced

if TYPE_CHECKING:
    from fullconv.convert.geometry import Pair
    from fullconv.large.sources.source import Source
    from fullconv.locate.finder import Finder

FloatArray = npt.NDArray[np.float32]

LONGEST = 1600  # pixels of its longer side
_BLOCK = 1024  # pixels a side that are read at once
_LOST = 0.5  # what stands for pixels that cannot be read


def is_dark(finder: "Finder", wanted: str, small: "Callable[[], FloatArray]") -> bool:
    """Return whether a finder reads an image turned round, whose objects stand out as `wanted`: light, dark or auto.

    `small` gives a copy of it (h, w, C), from which that is judged where nobody says.
    """
    polarity = finder.polarity(wanted)
    return dark_objects(small()) if polarity == "auto" else polarity == "dark"


def as_read(finder: "Finder", small: FloatArray) -> FloatArray:
    """Return a copy (h, w, C) of an image with the channels that a finder reads."""
    channels = int(finder.conversion.model.input_shape[-1])
    return luma(small)[..., None] if channels == 1 else small


def overview_of(source: "Source", longest: int = LONGEST) -> FloatArray:
    """Return an image (h, w, C) in 0..1 no longer than `longest` pixels, from the smallest of its levels that will do.

    What cannot be read is grey.

    Raises:
        InputError: a sample has no meaning.
    """
    height, width = source.shape[:2]
    scale = min(1.0, longest / max(height, width))
    small = (max(1, math.floor(height * scale)), max(1, math.floor(width * scale)))
    fine = [place for place, size in enumerate(source.levels) if size[0] >= small[0] and size[1] >= small[1]]
    level = max(fine, default=0)
    block = (max(_BLOCK, source.chunk[0]), max(_BLOCK, source.chunk[1]))

    def read(rows: "Pair", cols: "Pair") -> FloatArray:
        region = (cols[0], rows[0], cols[1] - cols[0], rows[1] - rows[0])
        try:
            return source.read(region, level)
        except BrokenTile:
            return np.full((region[3], region[2], source.shape[2]), _LOST, np.float32)

    (made,) = reduced(read, source.levels[level], [small], block)
    return made
