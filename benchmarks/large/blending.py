"""Overlapping tiles whose scores are blended, as MONAI's sliding_window_inference does by Gaussian weights."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

TILE, OVERLAP = 512, 0.25  # pixels a side; share of a tile's cells that its neighbour has too
_SIGMA = 0.125  # of a tile's side: MONAI's sigma_scale
_TOGETHER = 4  # tiles a pass


def starts_of(cells: int, tile: int, overlap: float = OVERLAP) -> list[int]:
    """Return where tiles begin along an axis, in cells; the last one is moved back until it ends with the map."""
    step = max(1, round(tile * (1 - overlap)))
    return [*range(0, max(0, cells - tile), step), max(0, cells - tile)]


def gaussian(tile: int) -> Floats:
    """Return a tile's weights (tile, tile), 1 in its middle."""
    places = np.arange(tile) - (tile - 1) / 2
    one = np.exp(-0.5 * (places / (_SIGMA * tile)) ** 2)
    weights = np.outer(one, one)
    return (weights / weights.max()).astype(np.float32)


def blended(
    network: Callable[[Floats], Floats],
    read: Callable[[int, int], Floats],
    cells: tuple[int, int],
    tile: int,
    stride: Sequence[int],
) -> Floats:
    """Return the map (H', W', K) of an image of so many `cells`, by tiles of `tile` cells a side.

    `network` maps pixels (N, h, w, C) to scores (N, tile, tile, K); `read` gives a tile's pixels from its first row
    and column on.
    """
    weights = gaussian(tile)[..., np.newaxis]
    total: Floats | None = None
    weight = np.zeros((*cells, 1), np.float32)
    places = [(row, col) for row in starts_of(cells[0], tile) for col in starts_of(cells[1], tile)]
    for start in range(0, len(places), _TOGETHER):
        some = places[start : start + _TOGETHER]
        scores = network(np.stack([read(row * stride[0], col * stride[1]) for row, col in some]))
        if total is None:
            total = np.zeros((*cells, scores.shape[-1]), np.float32)
        for (row, col), one in zip(some, scores, strict=True):
            part = (slice(row, row + tile), slice(col, col + tile))
            total[part] += one * weights
            weight[part] += weights
    assert total is not None  # noqa: S101  a map has a tile
    return total / weight
