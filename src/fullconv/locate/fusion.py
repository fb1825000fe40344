"""Score maps of several levels on one grid."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fullconv.errors import InputError
from fullconv.locate.pyramid import Level

if TYPE_CHECKING:
    from fullconv.convert.geometry import Geometry, Pair

FloatArray = npt.NDArray[np.float32]

FUSIONS = ("max", "mean", "geometric")
# A cell that lies on a level's last cell but for rounding is reached.
_TOUCH = 1e-6
_LEAST = 1e-30


def grid_of(levels: Sequence[Level], size: "Pair", geometry: "Geometry") -> tuple["Geometry", "Pair"]:
    """Return the geometry and shape of the common grid: cells in the network's own raster, at any level's reach.

    The cells' window is the classifier's at the image's own size, the stride that of `geometry`, in pixels of the
    image. Cells lie wherever the level that reaches farthest has them, but not beyond the image.
    """
    offset, cells = [], []
    for axis in (0, 1):
        stride, own = geometry.stride[axis], geometry.center(0, 0)[axis]
        first = max(0.0, min(level.first[axis] for level in levels))
        last = min(
            float(size[axis]), max(level.first[axis] + (level.cells[axis] - 1) * level.step[axis] for level in levels)
        )
        begin = math.ceil((first - own) / stride - _TOUCH)
        offset.append(geometry.offset[axis] + begin * stride)
        cells.append(max(1, math.floor((last - own) / stride + _TOUCH) - begin + 1))
    return type(geometry)(geometry.window, geometry.stride, (offset[0], offset[1])), (cells[0], cells[1])


def fused(
    maps: Sequence[FloatArray],
    levels: Sequence[Level],
    geometry: "Geometry",
    cells: "Pair",
    fuse: str,
    background: int | None = None,
) -> FloatArray:
    """Return maps (N, H', W', K), one per level, as one on the grid `geometry` of `cells`.

    Between cells the maps are bilinear; a level counts where its own cells surround the place. `mean` averages;
    `geometric` averages logarithms and, where every level gives distributions, rescales to sum 1; `max` takes the
    largest score per class, and the smallest of the background: background is where no level sees an object.

    Raises:
        InputError: a fusion that is unknown, or `geometric` of scores below 0.
    """
    if fuse not in FUSIONS:
        raise InputError("locate.fuse", f"received {fuse!r}", f"Choose one of {', '.join(FUSIONS)}.")
    if fuse == "geometric" and any(one.min() < 0 for one in maps):
        raise InputError("locate.fuse", "geometric, of scores below 0", "Choose mean or max.")
    shape = (*maps[0].shape[:1], *cells, maps[0].shape[-1])
    total = np.full(shape, -np.inf if fuse == "max" else 0, np.float32)
    counts = np.zeros(cells, np.float32)
    sign = np.ones(shape[-1], np.float32)
    if background is not None:
        sign[background] = -1
    for one, level in zip(maps, levels, strict=True):
        rows, down = _places(level, geometry, cells[0], 0)
        cols, across = _places(level, geometry, cells[1], 1)
        if not len(down) or not len(across):
            continue
        values = _between(_between(one, down, 1), across, 2)
        place = (slice(None), rows, cols)
        if fuse == "max":
            total[place] = np.maximum(total[place], values * sign)
        else:
            total[place] += values if fuse == "mean" else np.log(np.maximum(values, _LEAST))
        counts[rows, cols] += 1
    if fuse == "max":
        return total * sign
    total /= np.maximum(counts, 1)[..., np.newaxis]
    return total if fuse == "mean" else _geometric(total, maps)


def _geometric(logs: FloatArray, maps: Sequence[FloatArray]) -> FloatArray:
    result = np.exp(logs)
    several = result.shape[-1] > 1
    if several and all(np.allclose(one.sum(axis=-1), 1, atol=1e-3) for one in maps):
        result /= result.sum(axis=-1, keepdims=True)
    return result


def _places(level: Level, geometry: "Geometry", cells: int, axis: int) -> tuple[slice, npt.NDArray[np.float64]]:
    """Return which of the grid's cells along an axis a level reaches, and where, in its own cells."""
    centres = geometry.center(0, 0)[axis] + geometry.stride[axis] * np.arange(cells)
    places, own = (centres - level.first[axis]) / level.step[axis], level.cells[axis]
    (reached,) = np.nonzero((places >= -_TOUCH) & (places <= own - 1 + _TOUCH))
    if not len(reached):
        return slice(0, 0), np.empty(0)
    return slice(int(reached[0]), int(reached[-1]) + 1), np.clip(places[reached], 0, own - 1)


def _between(values: FloatArray, places: npt.NDArray[np.float64], axis: int) -> FloatArray:
    """Return values at places between cells along an axis, linearly."""
    low = np.floor(places).astype(np.intp)
    share = (places - low).astype(np.float32)
    if not share.any():
        return np.take(values, low, axis=axis)
    high = np.minimum(low + 1, values.shape[axis] - 1)
    share = share.reshape([-1 if index == axis else 1 for index in range(values.ndim)])
    between: FloatArray = np.take(values, low, axis=axis) * (1 - share) + np.take(values, high, axis=axis) * share
    return between
