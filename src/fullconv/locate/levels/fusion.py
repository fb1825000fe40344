"""Score maps of several levels on one grid."""

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fullconv.errors import InputError
from fullconv.locate.levels.pyramid import Level

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
    weights: FloatArray | None = None,
) -> FloatArray:
    """Return maps (N, H', W', K), one per level, as one on the grid `geometry` of `cells`.

    Between cells the maps are bilinear; a level counts where its own cells surround the place, or with its nearest
    where no level's do. `mean` averages;
    `geometric` averages logarithms and, where every level gives distributions, rescales to sum 1; `max` takes the
    largest score per class, and the smallest of the background: background is where no level sees an object.
    `weights` (levels, N) above 0 are what each level counts in both means.

    Raises:
        InputError: a fusion that is unknown, or `geometric` of scores below 0.
    """
    if fuse not in FUSIONS:
        raise InputError("locate.fuse", f"received {fuse!r}", f"Choose one of {', '.join(FUSIONS)}.")
    if fuse == "geometric" and any(one.min() < 0 for one in maps):
        raise InputError("locate.fuse", "geometric, of scores below 0", "Choose mean or max.")
    classes = maps[0].shape[-1]
    sign = np.ones(classes, np.float32)
    if background is not None and fuse == "max":
        sign[background] = -1
    shares = np.ones((len(maps), len(maps[0])), np.float32) if weights is None else weights
    total, counts = _summed(maps, levels, geometry, cells, fuse, sign, shares, beyond=False)
    lost = counts[0, ..., 0] == 0
    if lost.any():
        # One level reaches this row, another this column, none the cell: each counts with its nearest.
        nearest, each = _summed(maps, levels, geometry, cells, fuse, sign, shares, beyond=True)
        total[:, lost], counts[:, lost] = nearest[:, lost], each[:, lost]
    if fuse == "max":
        return total * sign
    total /= counts
    return total if fuse == "mean" else _geometric(total, maps)


def overlaid(
    scores: FloatArray,
    geometry: "Geometry",
    levels: Sequence[Level],
    known: Callable[[int], npt.NDArray[np.int32]],
    table: FloatArray,
    background: int | None = None,
) -> None:
    """Add to maps (N, H', W', K), fused by `max`, in place, what is known of more levels: bilinear as in `fused`.

    `known` returns for the number of a map, image i's level k having i·L + k, which rows of the table (n, K) hold its
    cells (h, w), below 0 for those that are not known.
    """
    sign = np.ones(scores.shape[-1], np.float32)
    if background is not None:
        sign[background] = -1
    for place, level in enumerate(levels):
        rows, down = _places(level, geometry, scores.shape[1], 0, beyond=False)
        cols, across = _places(level, geometry, scores.shape[2], 1, beyond=False)
        if not len(down) or not len(across):
            continue
        low, high = zip(*(_around(one, level.cells[axis]) for axis, one in enumerate((down, across))), strict=True)
        shares = [(one - below).astype(np.float32) for one, below in zip((down, across), low, strict=True)]
        for image in range(len(scores)):
            at = known(image * len(levels) + place)
            if at.max() < 0:
                continue
            corners = np.stack([at[np.ix_(y, x)] for y in (low[0], high[0]) for x in (low[1], high[1])])
            there = np.nonzero(corners.min(axis=0) >= 0)
            y, x = shares[0][there[0], np.newaxis], shares[1][there[1], np.newaxis]
            weights = ((1 - y) * (1 - x), (1 - y) * x, y * (1 - x), y * x)
            values = sum(weight * table[corner[there]] for weight, corner in zip(weights, corners, strict=True))
            part = scores[image, rows, cols]
            part[there] = np.maximum(part[there] * sign, values * sign) * sign


def _around(places: npt.NDArray[np.float64], cells: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return the cells before and after places along an axis."""
    low = np.floor(places).astype(np.intp)
    return low, np.minimum(low + 1, cells - 1)


def _summed(
    maps: Sequence[FloatArray],
    levels: Sequence[Level],
    geometry: "Geometry",
    cells: "Pair",
    fuse: str,
    sign: FloatArray,
    shares: FloatArray,
    beyond: bool,
) -> tuple[FloatArray, FloatArray]:
    """Return the levels' weighted sum, or their largest, (N, H', W', K), and each cell's weight (N, H', W', 1)."""
    shape = (len(maps[0]), *cells, len(sign))
    total = np.full(shape, -np.inf if fuse == "max" else 0, np.float32)
    counts = np.zeros((*shape[:-1], 1), np.float32)
    for one, level, share in zip(maps, levels, shares[..., np.newaxis, np.newaxis, np.newaxis], strict=True):
        rows, down = _places(level, geometry, cells[0], 0, beyond)
        cols, across = _places(level, geometry, cells[1], 1, beyond)
        if not len(down) or not len(across):
            continue
        values = _between(_between(one, down, 1), across, 2)
        place = (slice(None), rows, cols)
        if fuse == "max":
            total[place] = np.maximum(total[place], values * sign)
        else:
            total[place] += share * (values if fuse == "mean" else np.log(np.maximum(values, _LEAST)))
        counts[place] += share
    return total, counts


def _geometric(logs: FloatArray, maps: Sequence[FloatArray]) -> FloatArray:
    result = np.exp(logs)
    several = result.shape[-1] > 1
    if several and all(np.allclose(one.sum(axis=-1), 1, atol=1e-3) for one in maps):
        result /= result.sum(axis=-1, keepdims=True)
    return result


def _places(
    level: Level, geometry: "Geometry", cells: int, axis: int, beyond: bool
) -> tuple[slice, npt.NDArray[np.float64]]:
    """Return which of the grid's cells along an axis a level reaches, and where, in its own cells.

    With `beyond` all are reached, those past the level's border at its outermost cell.
    """
    centres = geometry.center(0, 0)[axis] + geometry.stride[axis] * np.arange(cells, dtype=np.float64)
    places, own = level.places(centres, axis), level.cells[axis]
    if beyond:
        return slice(0, cells), np.clip(places, 0, own - 1)
    (reached,) = np.nonzero((places >= -_TOUCH) & (places <= own - 1 + _TOUCH))
    if not len(reached):
        return slice(0, 0), np.empty(0)
    return slice(int(reached[0]), int(reached[-1]) + 1), np.clip(places[reached], 0, own - 1)


def _between(values: FloatArray, places: npt.NDArray[np.float64], axis: int) -> FloatArray:
    """Return values at places between cells along an axis, linearly."""
    low, high = _around(places, values.shape[axis])
    share = (places - low).astype(np.float32)
    if not share.any():
        return np.take(values, low, axis=axis)
    share = share.reshape([-1 if index == axis else 1 for index in range(values.ndim)])
    between: FloatArray = np.take(values, low, axis=axis) * (1 - share) + np.take(values, high, axis=axis) * share
    return between
