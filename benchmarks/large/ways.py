"""The ways to one score map of an image in a file: ours, the whole at once, batched windows, blended tiles."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.large.blending import TILE, blended
from benchmarks.large.subjects import Subject, compiled

Floats = npt.NDArray[np.float32]

BATCH = 256


@dataclass(frozen=True)
class Tiled:
    """What a search tile by tile left: its tiling, the store of its map, and its objects where all was searched."""

    search: Any
    store: Any
    located: Any

    def scores(self) -> Floats:
        """Return the whole map (H', W', K)."""
        _, rows, cols = self.store.shape()
        found: Floats = self.store.read((0, rows), (0, cols))
        return found


def ours(reader: Any, path: Path, folder: Path, values: int | None = None, some: int | None = None) -> Tiled:
    """Search an image as `fullconv locate` does, from the file to the map on disk and the objects.

    A tile holds `values` numbers, if that is told. Of the tiles `some` in the middle are searched, or all.
    """
    from fullconv.large.pixels import Pixels
    from fullconv.large.run import Kept, gathered, searched_tiles, store_of
    from fullconv.large.search import LargeSearch
    from fullconv.large.sources.opening import open_image
    from fullconv.large.tiling import VALUES

    with open_image(path, 3) as source:
        search = LargeSearch(reader, Pixels(source), VALUES if values is None else values)
        names = [str(channel) for channel in range(reader.channels)]
        store = store_of(search, folder, Kept(tuple(names), ("#000000",) * len(names), {}))
        searched_tiles(search, store, _ledger(folder / "unfinished", wanted_of([*search.tiling], some)))
        if some is not None:
            return Tiled(search, store, None)
        store.build_levels()
        return Tiled(search, store, gathered(search, _ledger(folder / "unfinished", None)))


def wanted_of(tiles: list[Any], some: int | None) -> set[str] | None:
    """Return the names of so many tiles in the middle of the order of reading; None: of all."""
    if some is None or some >= len(tiles):
        return None
    first = (len(tiles) - some) // 2
    return {tile.name for tile in tiles[first : first + some]}


def _ledger(folder: Path, wanted: Collection[str] | None) -> Any:
    from fullconv.large.store.progress import Ledger

    class Some(Ledger):
        """A ledger in which all tiles but those that are wanted are finished."""

        def done(self, tile: str) -> bool:
            return (wanted is not None and tile not in wanted) or super().done(tile)

    return Some(folder)


def untiled(reader: Any, path: Path) -> Any:
    """Read the whole image and search it at once, its map in memory."""
    (found,) = reader(pixels_of(path)[np.newaxis])
    return found


def pixels_of(path: Path, side: int | None = None) -> Floats:
    """Return an image (H, W, 3), or its first `side` rows and columns."""
    from fullconv.large.sources.opening import open_image

    with open_image(path, 3) as source:
        height, width, _ = source.shape
        return source.read((0, 0, min(side or width, width), min(side or height, height)))


def windows(subject: Subject) -> Callable[[Path, int], Floats]:
    """Return the map of the first `cells` rows and columns of cells by the classifier itself, on batches of windows."""
    forward, scaled = compiled(subject.classifier), subject.finder.scaled
    (height, width), (down, across) = subject.finder.conversion.window, subject.network().geometry.stride

    def scores(path: Path, cells: int) -> Floats:
        image = scaled(pixels_of(path, (cells - 1) * max(down, across) + max(height, width)))
        view = np.lib.stride_tricks.sliding_window_view(image, (height, width), axis=(0, 1))[::down, ::across]
        found = []
        for start in range(0, cells * cells, BATCH):
            rows, cols = np.divmod(np.arange(start, min(start + BATCH, cells * cells)), cells)
            found.append(np.asarray(forward(view[rows, cols].transpose(0, 2, 3, 1))))
        return np.concatenate(found).reshape(cells, cells, -1)

    return scores


def overlapping(subject: Subject) -> Callable[[Path, int | None], Floats]:
    """Return the map of an image, or of its first `side` rows and columns, by blended tiles of the same network."""
    from fullconv.large.sources.opening import open_image

    network = subject.network()
    tile = min(network.cells((TILE, TILE)))

    def scores(path: Path, side: int | None) -> Floats:
        with open_image(path, 3) as source:
            size = (min(side or source.shape[0], source.shape[0]), min(side or source.shape[1], source.shape[1]))
            return blended(
                lambda pixels: network(pixels, len(pixels)),
                lambda top, left: source.read((left, top, TILE, TILE)),
                network.cells(size),
                tile,
                network.geometry.stride,
            )

    return scores
