"""A class's scores on a grid of pixels, and the object's pixels, as metrics of single objects need them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from fullconv.errors import InputError
from fullconv.evaluate.annotations import ScoreMap
from fullconv.evaluate.maps.layers import centres
from fullconv.evaluate.tables import Flags, Floats

if TYPE_CHECKING:
    from fullconv.convert.geometry import Geometry

# The longer side of the grid, in pixels: the published evaluation resizes every image to 224x224.
_LONGEST = 224

Size = tuple[int, int]


def drawn(layer: ScoreMap, geometry: "Geometry", size: Size) -> Floats:
    """Return a layer (H', W') `on_pixels` of an image of `size`, stretched from 0 to 1; zeros if it is all the same."""
    pixels = on_pixels(layer, geometry, size)
    low, high = float(pixels.min()), float(pixels.max())
    return (pixels - low) / (high - low) if high > low else np.zeros_like(pixels)


def on_pixels(layer: ScoreMap, geometry: "Geometry", size: Size) -> Floats:
    """Return a layer (H', W') on the grid of an image of `size` (height, width).

    Values between the cells' centres are interpolated linearly, beyond the outer ones they are repeated.
    """
    rows, cols = (_weights(layer.shape[axis], geometry, axis, size) for axis in (0, 1))
    pixels: Floats = rows @ layer.astype(np.float64) @ cols.T
    return pixels


def grid(size: Size) -> tuple[Size, float]:
    """Return the grid's (height, width) and its pixels per pixel of the image, at most 1."""
    factor = min(1.0, _LONGEST / max(size))
    return (max(1, round(size[0] * factor)), max(1, round(size[1] * factor))), factor


def extent(geometry: "Geometry", shape: tuple[int, ...]) -> Size:
    """Return the (height, width) in pixels that a map's windows reach: the image's, where nothing tells it."""
    x, y, width, height = geometry.box(shape[0] - 1, shape[1] - 1)
    return max(1, y + height), max(1, x + width)


def object_pixels(box: Floats, segmentation: Any, size: Size, where: str) -> Flags:
    """Return which of the grid's pixels belong to an object: its mask's, or its box's without a mask.

    Raises:
        InputError: a segmentation that is neither polygons nor a run-length code of the image's size.
    """
    places = [(np.arange(count) + 0.5) * (full / count) for count, full in zip(grid(size)[0], size, strict=True)]
    if not segmentation:
        y, x = places
        rows = (box[1] <= y) & (y < box[1] + box[3])
        boxed: Flags = rows[:, None] & ((box[0] <= x) & (x < box[0] + box[2]))
        return boxed
    mask = _mask(segmentation, size, where)
    rows, cols = (np.minimum(place.astype(np.int64), full - 1) for place, full in zip(places, mask.shape, strict=True))
    chosen: Flags = mask[rows[:, None], cols]
    return chosen


def _weights(cells: int, geometry: "Geometry", axis: int, size: Size) -> Floats:
    """Return the linear interpolation (pixels, cells) from cells to the grid's pixels along an axis."""
    count, step = grid(size)[0][axis], geometry.stride[axis]
    place = (np.arange(count) + 0.5) * (size[axis] / count)
    at = np.clip((place - centres(geometry, axis, 1)[0]) / step, 0, cells - 1)
    low = np.minimum(at.astype(np.int64), max(0, cells - 2))
    weights = np.zeros((count, cells))
    weights[np.arange(count), low] = 1 - (at - low)
    weights[np.arange(count), np.minimum(low + 1, cells - 1)] += at - low
    return weights


def _mask(segmentation: Any, size: Size, where: str) -> Flags:
    from faster_coco_eval import mask

    mend = "Give polygons [[x, y, …], …] or a run-length code {size, counts} of the image's size."
    code = segmentation
    if isinstance(code, Mapping) and list(code.get("size", [])) != list(size):
        raise InputError(where, f"a mask of size {code.get('size')} for {list(size)} pixels", mend)
    if not isinstance(code, Mapping) and _reaches_far(code, size):
        raise InputError(where, "a polygon far outside its picture", mend)
    try:
        if not isinstance(code, Mapping):
            code = mask.merge(mask.frPyObjects(code, *size))
        elif isinstance(code.get("counts"), list):
            code = mask.frPyObjects(code, *size)
        decoded = np.asarray(mask.decode(code)).astype(bool)
    except Exception as error:  # the C++ code raises what its caller cannot name
        raise InputError(where, f"a segmentation that cannot be read ({error})", mend) from error
    if decoded.shape != tuple(size):
        raise InputError(where, f"a mask of {list(decoded.shape)} for {list(size)} pixels", mend)
    return decoded


def _reaches_far(polygons: Any, size: Size) -> bool:
    """Whether a polygon has a corner ten pictures away: its edges are drawn pixel by pixel, which then has no end."""
    limit = 10 * max(size)
    lists = [one for one in polygons if isinstance(one, list)] if isinstance(polygons, list) else []
    numbers = [value for polygon in lists for value in polygon]
    return any(isinstance(value, int | float) and not abs(value) <= limit for value in numbers)
