"""The order in which shift-and-stitch fills a dense map."""

import numpy as np
import numpy.typing as npt

from fullconv.convert.geometry import Pair
from fullconv.dense.stitch import filled, shifts


def fill_order(coarse: Pair, stride: Pair, cells: Pair) -> npt.NDArray[np.int64]:
    """Return for each cell of a dense map `(H', W')` the number of the pass that fills it, from 0.

    `coarse` is the network's stride and `stride`, a divisor of it, that of the map, both in pixels; `cells` is
    `(H', W')`. A map smaller than the network's stride does not meet every pass.
    """
    order = np.empty(cells, np.int64)
    for number, shift in enumerate(shifts(coarse, stride)):
        order[filled(shift, coarse, stride)] = number
    return order
