"""Images of a set that are larger than memory: searched tile by tile, their maps kept as fine as there is room."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fullconv.convert.geometry import Geometry
from fullconv.large.overview import is_dark, overview_of
from fullconv.large.pixels import Pixels
from fullconv.large.search import search_of
from fullconv.locate.located import Located, best

if TYPE_CHECKING:
    from fullconv.convert.geometry import Pair
    from fullconv.large.sources.source import Source
    from fullconv.locate.reading import Reader

FloatArray = npt.NDArray[np.float32]

_CELLS = 2**24  # numbers of a map that is kept as it is: 64 MiB


def located_large(reader: "Reader", source: "Source", wanted: str) -> Located:
    """Return what is in an image of any size whose objects stand out as `wanted`: light, dark or auto.

    Of a map that is too large each cell of the result is the best of a block of its cells.

    Raises:
        InputError: it cannot be read or searched.
    """
    finder = reader.finder
    dark = is_dark(finder, wanted, lambda: overview_of(source))
    search = search_of(reader, Pixels(source, dark))
    by = _blocks(search.plan.cells, search.reader.channels)
    rows, cols = (-(-cells // by) for cells in search.plan.cells)
    scores = np.zeros((rows, cols, search.reader.channels), np.float32)
    if search.reader.background is not None:
        scores[..., search.reader.background] = 1
    candidates, highest = [], np.zeros(0, np.float32)
    for tile in search.tiles:
        seen = search.see(search.read(tile))
        candidates.append(seen.candidates)
        highest = np.maximum(highest, seen.highest) if len(highest) else seen.highest
        _lay(scores, seen.scores, (tile.rows[0], tile.cols[0]), by, search.reader.background)
    return Located(
        size=search.size,
        scores=scores,
        geometry=_coarser(search.plan.grid, by),
        labels=tuple(range(len(finder.sought))),
        background=search.reader.background,
        objects=search.objects(candidates),
        levels=[],
        top=best(highest[: len(finder.channels.classes)], finder.config.top),
        window=finder.conversion.window,
    )


def _blocks(cells: "Pair", channels: int) -> int:
    """Return how many cells a side become one."""
    by = 1
    while (cells[0] // by) * (cells[1] // by) * channels > _CELLS:
        by += 1
    return by


def _lay(scores: FloatArray, part: FloatArray, first: "Pair", by: int, background: int | None) -> None:
    """Lay a tile's map (h, w, C) over a coarser one: the highest of objects, the lowest of the background."""
    if by == 1:
        scores[first[0] : first[0] + len(part), first[1] : first[1] + part.shape[1]] = part
        return
    rows, cols = ((start + np.arange(length)) // by for start, length in zip(first, part.shape[:2], strict=True))
    place = np.ix_(rows, cols)
    for channel in range(part.shape[-1]):
        lay = np.minimum if channel == background else np.maximum
        lay.at(scores[..., channel], place, part[..., channel])


def _coarser(grid: Geometry, by: int) -> Geometry:
    """Return the geometry whose cells have their centres in the middle of blocks of `by` cells."""
    stride = (by * grid.stride[0], by * grid.stride[1])
    moved = [(by - 1) * step // 2 for step in grid.stride]
    return Geometry(grid.window, stride, (grid.offset[0] + moved[0], grid.offset[1] + moved[1]))
