"""The extent of an object's own ink inside its window."""

from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.locate.peaks.cells import Doubles

FloatArray = npt.NDArray[np.float32]

# Where nothing stands out the box is the middle of the window, by this share of its side: what objects with some margin
# in their frame take.
_SHRUNK = 0.72
# Pixels this far from the ground towards the object count as the object's: edges are soft.
_EDGE = 0.35
# Ink measures at least this share of the window's side.
_LEAST = 0.2
# A component belongs to the object by the share of its ink that lies within this distance of the middle, in half sides.
_MIDDLE, _OWN = 0.75, 0.65
# Components with less ink than this share of the largest are specks.
_SPECK = 0.03


def tight_boxes(image: FloatArray, boxes: Doubles) -> Doubles:
    """Return the extents (n, 4) of the ink in windows `[x, y, w, h]` (n, 4), as `tight_box` has one."""
    return np.array([tight_box(image, box) for box in boxes]).reshape(-1, 4)


def tight_box(image: FloatArray, box: Doubles) -> Doubles:
    """Return the extent `[x, y, w, h]` of the ink in the window `[x, y, w, h]`, in pixels of an image (H, W, C).

    The ground is the median colour of the window's margin; ink is what differs from it by a share of the difference
    that Otsu's threshold finds (Otsu 1979, *A Threshold Selection Method from Gray-Level Histograms*), in connected
    components most of which lie near the window's middle: those of a neighbour do not. Without a clear ink, as on a
    restless ground, the middle of the window.
    """
    left, top = (max(0, int(np.floor(value))) for value in box[:2])
    right, bottom = (int(np.ceil(value)) for value in box[:2] + box[2:])
    crop = image[top:bottom, left:right]
    ink = _ink(crop) if min(crop.shape[:2]) >= 4 else None
    if ink is None:
        return _middle(box)
    own = _own(ink, box[:2] + box[2:] / 2 - (left, top), box[2:] / 2)
    if own is None:
        return _middle(box)
    rows, cols = np.nonzero(own)
    extent = np.array([cols.min(), rows.min(), np.ptp(cols) + 1, np.ptp(rows) + 1], np.float64)
    if max(extent[2:] / box[2:]) < _LEAST:
        return _middle(box)
    extent[:2] += (left, top)
    return extent


def _ink(crop: FloatArray) -> npt.NDArray[np.float32] | None:
    """Return the contrast (h, w) with the ground, 0 where there is no ink; None where all is one."""
    margin = np.concatenate([crop[0], crop[-1], crop[:, 0], crop[:, -1]])
    contrast = np.abs(crop - np.median(margin, axis=0)).max(axis=-1)
    strong = contrast > _otsu(contrast)
    if not strong.any():
        return None
    low, high = contrast[~strong].mean(), contrast[strong].mean()
    return np.where(contrast > low + _EDGE * (high - low), contrast, 0)


def _otsu(values: FloatArray) -> float:
    """Return the threshold between whose two sides most of the variance lies."""
    ordered = np.sort(values, axis=None).astype(np.float64)
    count, total = len(ordered), ordered.sum()
    below = np.arange(1, count)
    sums = np.cumsum(ordered)[:-1]
    between = (total * below / count - sums) ** 2 / (below * (count - below))
    best = int(np.argmax(between))
    return float((ordered[best] + ordered[best + 1]) / 2)


def _own(ink: npt.NDArray[np.float32], middle: Doubles, half: Doubles) -> npt.NDArray[np.bool_] | None:
    from skimage import measure

    connected: Any = measure.label
    components = connected(ink > 0, connectivity=2)
    y, x = np.mgrid[: ink.shape[0], : ink.shape[1]] + 0.5
    near = np.hypot((x - middle[0]) / half[0], (y - middle[1]) / half[1]) <= _MIDDLE
    mass, inner = (np.bincount(components.ravel(), weights.ravel()) for weights in (ink, ink * near))
    # The ground, component 0, has no ink.
    own = (mass > 0) & (inner >= _OWN * mass)
    if not own.any():
        return None
    own &= mass >= _SPECK * mass[own].max()
    result: npt.NDArray[np.bool_] = own[components]
    return result


def _middle(box: Doubles) -> Doubles:
    return np.concatenate([box[:2] + box[2:] * (1 - _SHRUNK) / 2, box[2:] * _SHRUNK])
