"""Levels of a score map for viewers: each the mean of 2×2 cells of the one before, block by block."""

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from fullconv.convert.geometry import Pair

FloatArray = npt.NDArray[np.float32]
Shape = tuple[int, int, int]

COARSEST = 512  # cells a side of the last level, at most
_AT_ONCE = 1 << 22  # scores that are read at once, if one channel is no more: all of a thousand classes are gigabytes


def level_shapes(shape: Shape) -> list[Shape]:
    """Return the shapes (K, H', W') of all levels of a map, the finest first."""
    channels, rows, cols = shape
    shapes = [shape]
    while max(rows, cols) > COARSEST:
        rows, cols = math.ceil(rows / 2), math.ceil(cols / 2)
        shapes.append((channels, rows, cols))
    return shapes


def build(
    read: Callable[["Pair", "Pair", int, slice], FloatArray],
    put: Callable[["Pair", "Pair", FloatArray], None],
    shapes: list[Shape],
    level: int,
    block: int,
) -> None:
    """Compute a level in blocks of so many cells a side.

    `read` gives cells of the level before as (h, w, K), `put` takes those of this one as (K, h, w).
    """
    channels, height, width = shapes[level]
    _, finer_height, finer_width = shapes[level - 1]
    step = max(1, _AT_ONCE // (2 * block) ** 2)
    for top in range(0, height, block):
        for left in range(0, width, block):
            bottom, right = min(top + block, height), min(left + block, width)
            part = np.empty((channels, bottom - top, right - left), np.float32)
            rows = (2 * top, min(2 * bottom, finer_height))
            cols = (2 * left, min(2 * right, finer_width))
            for first in range(0, channels, step):
                some = slice(first, min(first + step, channels))
                part[some] = np.moveaxis(halved(read(rows, cols, level - 1, some)), -1, 0)
            put((top, bottom), (left, right), part)


def halved(scores: FloatArray) -> FloatArray:
    """Return the means (⌈h/2⌉, ⌈w/2⌉, K) of 2×2 cells of (h, w, K); NaN, and what lies beyond the border, count not."""
    height, width, _ = scores.shape
    if height % 2 or width % 2:
        scores = np.pad(scores, ((0, height % 2), (0, width % 2), (0, 0)), constant_values=np.nan)
    first, *others = (scores[row::2, col::2] for row in (0, 1) for col in (0, 1))
    means: FloatArray = first.copy()
    for other in others:
        means += other
    means /= 4
    unknown = np.isnan(means)
    if unknown.any():
        fours = np.stack([one[unknown] for one in (first, *others)])
        known = ~np.isnan(fours)
        sums, counts = np.where(known, fours, np.float32(0)).sum(axis=0), known.sum(axis=0)
        means[unknown] = np.where(counts, sums / np.maximum(counts, 1).astype(np.float32), np.nan)
    return means
