"""The map of a level, or of a part of one: computed at once, or in parts that keep to a memory."""

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fullconv.locate.levels.network import Network
from fullconv.locate.levels.pyramid import Level

if TYPE_CHECKING:
    from fullconv.convert.geometry import Pair

FloatArray = npt.NDArray[np.float32]


def map_of(network: Network, level: Level, images: FloatArray, batch_size: int, parts: "Pair" = (1, 1)) -> FloatArray:
    """Return the map (N, H', W', K) of a level from what is held of it (N, h, w, C), in so many rows and columns.

    Each part is computed from no more pixels than it needs, and has the numbers of the whole.
    """
    from fullconv.dense.tiles import spans

    if parts == (1, 1):
        return _cut(network, level, images, batch_size)
    scores = np.empty((len(images), *level.cells, network.classes), np.float32)
    for rows, cols in product(*(list(spans(level.cells[axis], parts[axis], network.period(axis))) for axis in (0, 1))):
        down, across = ((at + start, at + stop) for at, (start, stop) in zip(level.origin, (rows, cols), strict=True))
        part = level.part(network, down, across)
        held = (
            slice(start - first, stop - first) for (start, stop), (first, _) in zip(part.held, level.held, strict=True)
        )
        scores[:, slice(*rows), slice(*cols)] = _cut(network, part, images[(slice(None), *held)], batch_size)
    return scores


def _cut(network: Network, level: Level, images: FloatArray, batch_size: int) -> FloatArray:
    """Return the map of a level without what a network that pads has before it."""
    down, across = (
        slice(at - start // step, at - start // step + length)
        for at, (start, _), step, length in zip(
            level.origin, level.held, network.geometry.stride, level.cells, strict=True
        )
    )
    return network(images, batch_size)[:, down, across]
