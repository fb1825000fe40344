"""The heat of a whole score map on few cells, for a figure: `fullconv.figures.overview` draws it."""

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fullconv.locate.located import LevelScores

if TYPE_CHECKING:
    from fullconv.large.store.scores import ScoreStore

FloatArray = npt.NDArray[np.float32]

MOST = 800  # cells a side: two pixels each of the largest overview
_CHANNELS = 16  # that are read at once


def highest_heat(store: "ScoreStore", most: int = MOST) -> LevelScores:
    """Return the highest probability of an object on at most so many cells a side, each that of a block of cells.

    It reads the finest level, shard by shard: in the means of a coarse one an object of a few cells is lost. Blocks
    of which no cell was written are NaN.
    """
    meaning = store.meaning
    _, height, width = meaning.shape
    side = -(-max(height, width) // most)  # cells of the store a side of one that is returned
    highest = np.full((-(-height // side), -(-width // side)), np.nan, np.float32)
    for top, left in product(range(0, height, meaning.chunk), range(0, width, meaning.chunk)):
        rows, cols = (top, min(top + meaning.chunk, height)), (left, min(left + meaning.chunk, width))
        part = _blocks(_blocks(_objects(store, rows, cols), rows[0], side, 0), cols[0], side, 1)
        row, col = rows[0] // side, cols[0] // side
        there = highest[row : row + len(part), col : col + part.shape[1]]
        np.fmax(there, part, out=there)
    first, stride = meaning.geometry.center(0, 0), meaning.geometry.stride
    middle = (first[0] + (side - 1) / 2 * stride[0], first[1] + (side - 1) / 2 * stride[1])
    step = (float(side * stride[0]), float(side * stride[1]))
    return LevelScores(meaning.image_size, highest[..., None], middle, step)


def _objects(store: "ScoreStore", rows: tuple[int, int], cols: tuple[int, int]) -> FloatArray:
    """Return the highest probability (h, w) of all channels but the background's."""
    channels, background = store.meaning.shape[0], store.meaning.background
    highest = np.full((rows[1] - rows[0], cols[1] - cols[0]), np.nan, np.float32)
    for first in range(0, channels, _CHANNELS):
        some = slice(first, min(first + _CHANNELS, channels))
        kept = [place for place in range(some.stop - first) if first + place != background]
        scores = store.read(rows, cols, channels=some)
        for place in kept:
            np.fmax(highest, scores[..., place], out=highest)
    return highest


def _blocks(values: FloatArray, start: int, side: int, axis: int) -> FloatArray:
    """Return the highest of blocks of `side` along an axis that begins at cell `start`, maybe within a block."""
    count = values.shape[axis]
    starts = [0, *range(side - start % side, count, side)]
    highest: FloatArray = np.fmax.reduceat(values, starts, axis=axis)
    return highest
