"""A large image whose maps are read as regions: reduced to what its largest level has, and searched at once."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fullconv.large.overview import as_read, is_dark, overview_of
from fullconv.locate.finder import Finder
from fullconv.locate.levels.sizes import sizes_of
from fullconv.locate.located import Located
from fullconv.locate.reading import search

if TYPE_CHECKING:
    from fullconv.large.sources.source import Source

FloatArray = npt.NDArray[np.float32]


def located_reduced(finder: Finder, source: "Source", polarity: str) -> tuple[FloatArray, Located] | None:
    """Return an image, reduced, and what a finder that reads regions found in it, in pixels of the image.

    Regions are read from levels of a few hundred pixels a side: more of the image is never looked at. None: its levels
    are no smaller than half of it.

    Raises:
        InputError: it cannot be read or searched.
    """
    size = (source.shape[0], source.shape[1])
    largest = max(min(level) for level in sizes_of(finder.config, size, finder.conversion.window))
    by = min(size) // largest
    if by < 2:
        return None
    small = overview_of(source, round(max(size) / by))
    read = as_read(finder, small)
    dark = is_dark(finder, polarity, lambda: small)
    return small, search(finder, 1 - read if dark else read).enlarged(by, size)
