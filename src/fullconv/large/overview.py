"""A large image at a size that people look at."""

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fullconv.errors import InputError
from fullconv.locate.levels.resize import reduced

if TYPE_CHECKING:
    from fullconv.convert.geometry import Pair
    from fullconv.large.sources.source import Source

FloatArray = npt.NDArray[np.float32]

LONGEST = 1600  # pixels of its longer side
_BLOCK = 1024  # pixels a side that are read at once
_LOST = 0.5  # what stands for pixels that cannot be read


def overview_of(source: "Source", longest: int = LONGEST) -> FloatArray:
    """Return an image (h, w, C) in 0..1 no longer than `longest` pixels, from the smallest of its levels that will do.

    What cannot be read is grey.

    Raises:
        InputError: the file is none that can be read.
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
        except InputError:
            return np.full((region[3], region[2], source.shape[2]), _LOST, np.float32)

    (made,) = reduced(read, source.levels[level], [small], block)
    return made
