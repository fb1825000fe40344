"""An image of any size from its first tile to its objects: a kill costs no finished tile."""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fullconv.dense.ahead import ahead
from fullconv.large.search import LargeSearch, TileSeen
from fullconv.large.store.progress import Ledger, checked_disk, needed_disk
from fullconv.large.store.scores import ScoreStore
from fullconv.locate.detections import Found
from fullconv.locate.located import best
from fullconv.locate.peaks.objects import Candidates
from fullconv.locate.peaks.odds import highest_object

if TYPE_CHECKING:
    from fullconv.convert.geometry import Pair
    from fullconv.large.tiling import Tile

FloatArray = npt.NDArray[np.float32]

# Folders in `out`: the score map, and what tiles left while not all are finished.
SCORES, UNFINISHED = "scores.zarr", "unfinished"
# Parts in which probabilities are counted: the median is known as exactly as this is fine.
_BINS = 4096
# Candidates that the disk is asked to have room for, a million pixels.
_EXPECTED = 2000


@dataclass(frozen=True)
class Kept:
    """How an image's map is kept: names and colours (#RRGGBB) of its channels, the type of a number, what else is said.

    `identity` tells this search from any other; `microns` are those of a pixel `(y, x)`.
    """

    names: tuple[str, ...]
    colours: tuple[str, ...]
    identity: Mapping[str, Any]
    dtype: str = "float32"
    microns: tuple[float, float] | None = None


@dataclass(frozen=True)
class LargeLocated:
    """What was found in an image of any size: as `Located`, its maps in a store and `usual` their median.

    `broken` are the regions `(x, y, w, h)` that could not be read, `highest` (K,) the best scores of the network's
    channels.
    """

    size: "Pair"
    labels: tuple[int, ...]
    background: int | None
    objects: list[Found]
    top: list[tuple[int, float]]
    window: "Pair"
    usual: float
    broken: list[tuple[int, int, int, int]]
    highest: FloatArray
    panels: "Pair" = (1, 1)


def store_of(search: LargeSearch, folder: Path, kept: Kept) -> ScoreStore:
    """Return the store of an image's score map, new or that of the same search begun before.

    Raises:
        InputError: the disk has no room, the folder cannot be written or holds another search.
    """
    cells, reader = search.plan.cells, search.reader
    shape = (reader.channels, *cells)
    megapixels = search.size[0] * search.size[1] / 1e6
    checked_disk(folder, needed_disk(shape, kept.dtype, round(_EXPECTED * megapixels)))
    return ScoreStore.create(
        folder / SCORES,
        shape=shape,
        chunk=search.tiling.chunk,
        names=kept.names,
        geometry=search.plan.grid,
        background=reader.background,
        image_size=search.size,
        dtype=kept.dtype,
        microns=kept.microns,
        attributes={"search": kept.identity},
        colours=kept.colours,
    )


def searched_tiles(
    search: LargeSearch, store: ScoreStore, ledger: Ledger, tick: Callable[["Tile"], None] = lambda _: None
) -> None:
    """Search the tiles that are not finished. The next one is read, and the last one written, while one is computed.

    Raises:
        InputError: the image cannot be read, a score is no probability, or the disk is full, read-only or broken.
    """
    left: list[Tile] = []
    for tile in search.tiles:
        if ledger.done(tile.name):
            tick(tile)
        else:
            left.append(tile)
    with ThreadPoolExecutor(1) as writing:
        written: Future[None] | None = None
        for given in ahead(partial(search.read, tile) for tile in left):
            seen = search.see(given)
            broken = search.pixels.broken_in(given.region)
            del given
            if written is not None:
                written.result()
            written = writing.submit(_keep, seen, broken, store, ledger)
            tick(seen.tile)
        if written is not None:
            written.result()


def searched_tile(search: LargeSearch, store: ScoreStore, ledger: Ledger, tile: "Tile") -> None:
    """Search one tile, unless it is finished: what a worker of a cluster does. One at a time in a process.

    Raises:
        InputError: as `searched_tiles`.
    """
    if ledger.done(tile.name):
        return
    given = search.read(tile)
    seen = search.see(given)
    _keep(seen, search.pixels.broken_in(given.region), store, ledger)


def _keep(seen: TileSeen, broken: list[tuple[int, int, int, int]], store: ScoreStore, ledger: Ledger) -> None:
    store.write(seen.tile.rows, seen.tile.cols, seen.scores)
    usual, _ = np.histogram(highest_object(seen.scores, store.meaning.background), bins=_BINS, range=(0, 1))
    left = {name: getattr(seen.candidates, name) for name in Candidates.__dataclass_fields__}
    ledger.finish(
        seen.tile.name,
        {**left, "highest": seen.highest, "usual": usual, "broken": np.array(broken, np.int64).reshape(-1, 4)},
    )


def gathered(search: LargeSearch, ledger: Ledger) -> LargeLocated:
    """Return what was found, from what all tiles left.

    Raises:
        InputError: a tile is not finished, or its file is damaged.
    """
    finder, tiles = search.reader.finder, [ledger.load(tile.name) for tile in search.tiles]
    candidates = [Candidates(**{name: one[name] for name in Candidates.__dataclass_fields__}) for one in tiles]
    highest = np.max([one["highest"] for one in tiles], axis=0)
    found = {tuple(map(int, region)) for one in tiles for region in one["broken"]}
    # Levels that were made beforehand may have met others here than where tiles were searched.
    found |= set(search.pixels.broken_in((0, 0, search.size[1], search.size[0])))
    broken = sorted(found, key=lambda one: one[1::-1])
    return LargeLocated(
        size=search.size,
        labels=tuple(range(len(finder.sought))),
        background=search.reader.background,
        objects=search.objects(candidates),
        top=best(highest[: len(finder.channels.classes)], finder.config.top),
        window=finder.conversion.window,
        usual=_median(np.sum([one["usual"] for one in tiles], axis=0)),
        broken=[(x, y, width, height) for x, y, width, height in broken],
        highest=highest,
    )


def _median(counts: npt.NDArray[np.int64]) -> float:
    """Return the median of numbers in 0..1 that were counted in bins of equal width."""
    below = np.cumsum(counts)
    return (float(np.searchsorted(below, below[-1] / 2)) + 0.5) / len(counts)
