"""Where each number of a tensor goes when it is only moved: found by moving the numbers of places themselves.

Slices, flips, stacks, transpositions and reshapes have many spellings and one meaning. So the function itself is
run on an array that holds, in place of each number, where it stands: (image, row, column, channel). What comes out
says what was done, or that places of a map are mixed. Two images tell whether images are mixed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np
import numpy.typing as npt

from fullconv.convert.geometry import Pair
from fullconv.convert.graph import Operator
from fullconv.convert.rules.values import Kind, Value

Places = npt.NDArray[np.int64]

# Names in keras.ops of what only moves numbers.
REARRANGING = {
    "broadcast_to",
    "concatenate",
    "expand_dims",
    "flip",
    "get_item",
    "moveaxis",
    "ravel",
    "repeat",
    "reshape",
    "roll",
    "slice",
    "split",
    "squeeze",
    "stack",
    "swapaxes",
    "take",
    "tile",
    "transpose",
    "unstack",
}
IMAGES = 2
_LONE = (Kind.POOLED, Kind.VECTOR)


@dataclass(frozen=True)
class Moved:
    """What a tensor has become: cells from `start` on, every `step`-th, `size` of them, with these `channels`."""

    kind: Kind
    start: Pair
    step: Pair
    size: Pair
    channels: tuple[int, ...]  # of all tensors that went in, one after the other
    channels_first: bool


def moves(operator: Operator, values: Sequence[Value]) -> list[Moved | None]:
    """Return what an operator does with values' places, one for each tensor that it writes.

    Raises:
        Exception: it cannot read two images at once; of any type, as Keras fails.
    """
    made = operator.apply(operator.with_tensors(_places_of(values)), operator.name)
    return [_moved(keras.ops.convert_to_numpy(one), values) for one in keras.tree.flatten(made)]


def grid_of(value: Value) -> Pair:
    """Return the rows and columns of a value's tensor in the classifier."""
    return (1, 1) if value.kind in _LONE else value.grid


def _places_of(values: Sequence[Value]) -> list[Places]:
    """Return an array in each one's shape, for two images, that numbers (image, row, column, channel of all)."""
    rows, cols = grid_of(values[0])
    ends = np.cumsum([value.channels for value in values])
    whole = np.arange(IMAGES * rows * cols * int(ends[-1]), dtype=np.int64).reshape(IMAGES, rows, cols, -1)
    parts = np.split(whole, ends[:-1], axis=-1)
    return [_shaped(part, value) for part, value in zip(parts, values, strict=True)]


def _shaped(part: Places, value: Value) -> Places:
    if value.kind is Kind.PLANE:
        return part[..., 0]
    if value.kind is Kind.VECTOR:
        return part[:, 0, 0]
    turned = np.moveaxis(part, -1, 1) if value.channels_first else part
    return turned.reshape(IMAGES, -1) if value.rank == 2 else turned


def _moved(result: Places, values: Sequence[Value]) -> Moved | None:
    """Return what has become of values' places; None where they no longer make a map, or images are mixed."""
    rows, cols = grid_of(values[0])
    total = sum(value.channels for value in values)
    image, place = np.divmod(result, rows * cols * total)
    if len(result) != IMAGES or not result[0].size:
        return None
    if any((image[number] != number).any() for number in range(IMAGES)) or (place[0] != place[1]).any():
        return None
    first = values[0]
    lone = first.kind in _LONE
    for channels_first in (first.channels_first, not first.channels_first):
        for kind, cells in _readings(place[0], (rows, cols), channels_first, lone):
            found = _regular(cells, (rows, cols), total)
            if found is not None:
                return Moved(kind, *found, channels_first)
    return None


def _readings(place: Places, grid: Pair, channels_first: bool, lone: bool) -> list[tuple[Kind, Places]]:
    """Return the kinds that a tensor of such a rank may be, each with its places as (rows, columns, channels)."""
    if place.ndim == 3:
        return [(Kind.POOLED if lone else Kind.MAP, np.moveaxis(place, 0, -1) if channels_first else place)]
    if place.ndim == 2 and not lone:
        return [(Kind.PLANE, place[..., np.newaxis])]
    if place.ndim != 1:
        return []
    if lone or grid == (1, 1):
        return [(Kind.VECTOR, place.reshape(1, 1, -1))]
    readings = [(Kind.VECTOR, place.reshape(1, 1, -1))]
    if place.size % (grid[0] * grid[1]) == 0:
        turned = np.moveaxis(place.reshape(-1, *grid), 0, -1) if channels_first else place.reshape(*grid, -1)
        readings.append((Kind.FLAT, turned))
    return readings


def _regular(cells: Places, grid: Pair, total: int) -> tuple[Pair, Pair, Pair, tuple[int, ...]] | None:
    """Return start, step, size and channels if rows and columns go on evenly, for all channels alike."""
    where, channel = np.divmod(cells, total)
    row, col = np.divmod(where, grid[1])
    start = (int(row[0, 0, 0]), int(col[0, 0, 0]))
    size = (cells.shape[0], cells.shape[1])
    step = (
        int(row[1, 0, 0]) - start[0] if size[0] > 1 else 1,
        int(col[0, 1, 0]) - start[1] if size[1] > 1 else 1,
    )
    rows = start[0] + step[0] * np.arange(size[0]).reshape(-1, 1, 1)
    cols = start[1] + step[1] * np.arange(size[1]).reshape(1, -1, 1)
    even = (row == rows).all() and (col == cols).all() and (channel == channel[0, 0]).all()
    if not even or min(step) < 1:
        return None
    return start, step, size, tuple(int(one) for one in channel[0, 0])
