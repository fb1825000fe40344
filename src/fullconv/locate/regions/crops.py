"""Parts of a photo as the classifier reads them."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from fullconv.convert.geometry import Pair
from fullconv.locate.levels.resize import resized

FloatArray = npt.NDArray[np.float32]

# How much larger than its box a crop is: classifiers are trained on objects with something around them.
_MARGIN = 1.15


def crops_of(photo: FloatArray, boxes: Sequence[tuple[float, float, float, float]], window: Pair) -> FloatArray:
    """Return the photo (H, W, C) around boxes `(x, y, w, h)` in pixels, each at `window` pixels: (N, h, w, C).

    A crop has the window's own aspect, as far as the photo reaches; beyond, it is cut, not filled.
    """
    return np.concatenate([resized(_part(photo, box, window)[np.newaxis], *window) for box in boxes])


def _part(photo: FloatArray, box: tuple[float, float, float, float], window: Pair) -> FloatArray:
    x, y, width, height = box
    scale = _MARGIN * max(width / window[1], height / window[0])
    top, bottom = _span(y + height / 2, scale * window[0], photo.shape[0])
    left, right = _span(x + width / 2, scale * window[1], photo.shape[1])
    return photo[top:bottom, left:right]


def _span(middle: float, side: float, limit: int) -> Pair:
    """Return the first and last pixel of a span around `middle`, moved inside the photo where it fits."""
    side = min(side, limit)
    first = min(max(0.0, middle - side / 2), limit - side)
    start = int(np.floor(first))
    return start, max(start + 1, min(limit, int(np.ceil(first + side))))
