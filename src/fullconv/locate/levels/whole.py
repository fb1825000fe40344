"""The map of a level, or of a part of one."""

from functools import partial

import numpy as np
import numpy.typing as npt

from fullconv.locate.levels.network import Network
from fullconv.locate.levels.pyramid import Level
from fullconv.locate.levels.scene import Scene

FloatArray = npt.NDArray[np.float32]


def map_of(network: Network, level: Level, scene: Scene, batch_size: int, room: int | None = None) -> FloatArray:
    """Return the map (N, H', W', K) of what is held of a level, without what padding needs around it.

    It is computed at once, or so that the work takes `room` bytes and the level is made as it is needed: the
    numbers are the same.

    Raises:
        InputError: there is too little room.
    """
    if room is None:
        scores = network(scene.image(level), batch_size)
    else:
        each = (scene.of(slice(number, number + 1)) for number in range(len(scene)))
        scores = np.concatenate([network.of_regions(partial(one.region, level), level.shape, room) for one in each])
    down, across = (
        slice(at - start // step, at - start // step + length)
        for at, (start, _), step, length in zip(
            level.origin, level.held, network.geometry.stride, level.cells, strict=True
        )
    )
    return scores[:, down, across]
