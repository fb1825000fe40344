"""Which range of pixels a network was trained in, measured on pictures: of the ranges there are, the one it fits."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fullconv.locate.finder import Finder
from fullconv.locate.levels.resize import resized
from fullconv.models.pixels import ranges_of, scaled

if TYPE_CHECKING:
    from fullconv.convert.conversion import Conversion
    from fullconv.convert.geometry import Pair

log = logging.getLogger(__name__)

FloatArray = npt.NDArray[np.float32]

_CROPS = 12  # parts of the pictures that are looked at, at most
_LAYERS = 3  # batch normalizations that are compared, the first
_ALIKE = 1.5  # a range whose misfit is within this factor of the best one's fits too


def settled(finder: Finder, images: Sequence[FloatArray]) -> Finder:
    """Return a finder that knows what range it reads: where that is open, it is measured on images (H, W, C) in 0..1.

    What was taken, and why, is said.
    """
    if not finder.unsettled:
        return finder
    crops = some_crops(images, finder.conversion.window)
    misfits, how = misfits_of(finder, crops)
    ordered = sorted(misfits, key=lambda name: misfits[name])
    best, second = ordered[0], ordered[1]
    alike = misfits[second] <= _ALIKE * misfits[best]
    because = f"measured: {how}" + (f"; {second} fits alike" if alike else "")
    say = log.warning if alike else log.info
    say("%s: read in %s (%s)%s", finder.name, best, because, "; classifier.pixels=RANGE settles it" if alike else "")
    return replace(finder, pixels=best, because=because)
