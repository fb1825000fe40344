"""Small pictures side by side in one array, every number a square, with gaps between them."""

import math
from typing import TYPE_CHECKING, Any

import matplotlib
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[Any]

GAP = 2  # between tiles, in parts of a tile: see `tiled`
SIGNED = "RdBu"  # of weights: blue positive, red negative, white 0
GROUND = "#999999"  # of the gaps: neither end nor middle of a colour map
PARTS = 24  # parts that the longer side of a tile has, at least


def tiled(pictures: Array, columns: int) -> Array:
    """Return pictures `(P, h, w[, 3])` as one array, `columns` to a row; gaps and places left over are NaN.

    Each number becomes a square of whole parts, so that the gaps look alike whatever the pictures' size.
    """
    times = math.ceil(PARTS / max(pictures.shape[1:3]))
    large = pictures.repeat(times, axis=1).repeat(times, axis=2)
    count, height, width = large.shape[:3]
    rows = math.ceil(count / columns)
    down, across = height + GAP, width + GAP
    whole = np.full((rows * down - GAP, columns * across - GAP, *large.shape[3:]), np.nan)
    for index, picture in enumerate(large):
        top, left = index // columns * down, index % columns * across
        whole[top : top + height, left : left + width] = picture
    return whole


def centres(count: int, length: int) -> list[float]:
    """Return where the middles of `count` tiles lie along an array of `tiled` that is `length` parts long."""
    step = (length + GAP) / count
    return [index * step + (step - GAP) / 2 - 0.5 for index in range(count)]


def colours(name: str) -> Any:
    """Return a colour map of matplotlib's in which gaps are grey."""
    return matplotlib.colormaps[name].with_extremes(bad=GROUND)


def bare(axes: "Axes") -> None:
    """Take a panel's frame and tick marks away: the gaps say where tiles end."""
    axes.tick_params(length=0)
    for edge in axes.spines.values():
        edge.set_visible(False)
