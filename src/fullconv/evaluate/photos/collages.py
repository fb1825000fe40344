"""Collages: square grids of photos' parts, each part of another synset."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from fullconv.errors import InputError
from fullconv.evaluate.tables import Floats
from fullconv.locate.levels.resize import resized

FloatArray = npt.NDArray[np.float32]

# How much longer than its object's box a tile is at least.
_MARGIN = 1.15


def tile_of(photo: FloatArray, box: Floats, side: int) -> FloatArray:
    """Return the part of a photo (H, W, C) around a box (x, y, w, h), at `side`×`side` pixels.

    The part is a square inside the photo, 1.15 times as long as the box where the photo has so much.
    """
    height, width = photo.shape[:2]
    length = int(min(height, width, np.ceil(_MARGIN * max(box[2], box[3]))))
    top, left = (
        int(np.clip(np.round(low + extent / 2 - length / 2), 0, limit - length))
        for low, extent, limit in ((box[1], box[3], height), (box[0], box[2], width))
    )
    tile: FloatArray = resized(photo[np.newaxis, top : top + length, left : left + length], side, side)[0]
    return tile


def disjoint(classes: Sequence[Sequence[int]]) -> list[int]:
    """Return the places of those that share no class with one that is kept before."""
    kept: list[int] = []
    seen: set[int] = set()
    for place, one in enumerate(classes):
        if not seen & set(one):
            kept.append(place)
            seen |= set(one)
    return kept


def orders_of(tiles: int, cells: int, arrangements: int, seed: int) -> list[tuple[int, ...]]:
    """Return the collages: which tile each of `cells` shows, in reading order.

    An arrangement is a random order of all tiles, a collage its next `cells` tiles from each place on: so every tile
    is once in every cell of an arrangement's collages, and no tile twice in a collage.

    Raises:
        InputError: more cells than tiles.
    """
    if cells > tiles:
        received = f"{cells} cells for {tiles} photos of different synsets"
        raise InputError("photos.collages", received, "Give fewer cells, or annotate more photos.")
    generator = np.random.default_rng([seed, cells])
    orders = [generator.permutation(tiles) for _ in range(arrangements)]
    return [tuple(int(one) for one in np.roll(order, -first)[:cells]) for order in orders for first in range(tiles)]


def collage_of(tiles: FloatArray, order: Sequence[int]) -> tuple[FloatArray, Floats]:
    """Return tiles (N, t, t, C) as one picture (n·t, n·t, C), and the box x, y, width, height of each cell (n², 4)."""
    side, tile = round(len(order) ** 0.5), tiles.shape[1]
    rows = [np.concatenate([tiles[one] for one in order[row * side : (row + 1) * side]], axis=1) for row in range(side)]
    boxes = [(col * tile, row * tile, tile, tile) for row in range(side) for col in range(side)]
    return np.concatenate(rows), np.array(boxes, np.float64)
