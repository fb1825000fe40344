"""Which range of pixels a network was trained in, measured on pictures: of the ranges there are, the one it fits."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fullconv.convert.misfit import normalizations, size_misfit, statistics_misfit
from fullconv.locate.finder import Finder
from fullconv.locate.levels.resize import resized
from fullconv.locate.meaning import Reads
from fullconv.models.pixels import PLAIN, ranges_of, scaled

if TYPE_CHECKING:
    from fullconv.convert.conversion import Conversion
    from fullconv.convert.geometry import Pair

log = logging.getLogger(__name__)

FloatArray = npt.NDArray[np.float32]

_CROPS = 12  # parts of the pictures that are looked at, at most
# Ranges alike in how large their numbers are, the more usual first: what the size of scores tells apart.
_SIZES = ((PLAIN, "-1..1", "imagenet"), ("0..255", "caffe"))
# Another fits alike whose misfit is within this of the least, in nats of what batch normalizations have learnt, and no
# more than so many times as large; of how large scores are, within the last.
_ALIKE, _TIMES, _ALIKE_SIZES = 0.12, 2.5, 1.0
_BADLY = 1.0  # nats: pictures of the kind that networks learned lay within 0.4 of what they remember


def settled(finder: Finder, images: Sequence[FloatArray]) -> Finder:
    """Return a finder that knows what range it reads: where that is open, it is measured on images (H, W, C) in 0..1.

    What was taken, and why, is said; where two fit alike, the more usual of them is taken.
    """
    if not finder.unsettled:
        return finder
    read = told(finder.name, finder.conversion, some_crops(images, finder.conversion.window))
    return replace(finder, pixels=read.pixels, because=read.because)


def told(name: str, conversion: "Conversion", crops: FloatArray) -> Reads:
    """Return the range that fits crops (N, h, w, C) in 0..1 best, and say it of the network that `name` means."""
    found = measured(conversion, crops)
    because = f"measured: {found.how}"
    if not found.well:
        because += "; it fits badly: the pictures may be unlike what it learned"
    if found.alike:
        because += f"; {', '.join(found.alike)} fit{'s' if len(found.alike) == 1 else ''} alike"
    if found.alike or not found.well:
        log.warning("%s: it reads %s (%s); classifier.pixels=RANGE settles it", name, found.pixels, because)
    else:
        log.info("%s: it reads %s (%s)", name, found.pixels, because)
    return Reads(found.pixels, because)


@dataclass(frozen=True)
class Measured:
    """The range that fits best, by what, others that fit as well, and whether it fits at all."""

    pixels: str
    how: str
    alike: tuple[str, ...]
    well: bool = True


def measured(conversion: "Conversion", crops: FloatArray) -> Measured:
    """Return which range fits crops (N, h, w, C) in 0..1 best; of those that fit alike the more usual one."""
    model, names = conversion.model, ranges_of(conversion.model.input_shape[-1])
    if not len(crops):
        return Measured(PLAIN, "there is no picture", ())
    if normalizations(model):
        misfits = {name: statistics_misfit(model, scaled(crops, name)) for name in names}
        least = min(misfits.values())
        fit = [name for name in names if misfits[name] <= min(least + _ALIKE, least * _TIMES)]
        return Measured(fit[0], "it is what its batch normalizations have learnt", tuple(fit[1:]), least <= _BADLY)
    sizes = [[name for name in group if name in names] for group in _SIZES]
    off = [size_misfit(model, scaled(crops, group[0])) for group in sizes]
    if abs(off[0] - off[1]) <= _ALIKE_SIZES:
        return Measured(PLAIN, "the size of its scores tells nothing", tuple(one for one in names if one != PLAIN))
    best, *others = sizes[int(np.argmin(off))]
    return Measured(best, "by the size of its scores", tuple(others))


def some_crops(images: Sequence[FloatArray], window: "Pair") -> FloatArray:
    """Return parts (N, h, w, C) of images (H, W, C): each whole, its quarters, and its middle at its own scale."""
    crops: list[FloatArray] = []
    for image in images:
        height, width = image.shape[0], image.shape[1]
        rows, cols = max(1, height // 2), max(1, width // 2)
        parts = [image, *(image[top:, left:][:rows, :cols] for top in (0, height - rows) for left in (0, width - cols))]
        if height > window[0] and width > window[1]:
            top, left = (height - window[0]) // 2, (width - window[1]) // 2
            parts.append(image[top : top + window[0], left : left + window[1]])
        crops += [resized(part[np.newaxis], *window) for part in parts]
    if not crops:
        return np.zeros((0, *window, 1), np.float32)
    step = max(1, len(crops) // _CROPS)
    return np.clip(np.concatenate(crops[::step][:_CROPS]), 0, 1)
