"""How an image of one size is searched, whole or part by part."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fullconv.locate.levels.pyramid import Level
from fullconv.locate.peaks.ladder import Blocks, Ladder

if TYPE_CHECKING:
    from fullconv.convert.geometry import Geometry, Pair
    from fullconv.locate.levels.network import Network

# How far beyond a part its levels reach (docs/decisions/062), in what the window measures there, and no fewer cells. A
# search that climbs depends on the cells that it climbed over, and these on those around them; it goes by cells: with
# 10 one object of 20,000 was lost, with 12 none. Where all cells are known a peak depends on those that touch it alone.
_CLIMBED, _KNOWN = (2.0, 12), (0.5, 4)
# Cells of the fused map, down and across, in which so many candidates are read as there may be. Parts are made of such
# blocks: a part that is noise takes no candidates from another. Where cells lie far apart a block has fewer of them.
BLOCK, _FEWEST, _PIXELS = 128, 32, 2048


def block_of(stride: "Pair") -> int:
    """Return how many cells a side a block has, where cells lie `stride` pixels apart."""
    return min(BLOCK, max(_FEWEST, _PIXELS // max(stride)))


def blocks_of(grid: "Geometry", cells: "Pair") -> Blocks:
    """Return the blocks of an image whose fused map has so many cells on a grid."""
    (y, x), (down, across) = grid.center(0, 0), grid.stride
    block = block_of(grid.stride)
    first, side = (y - down / 2, x - across / 2), (float(block * down), float(block * across))
    return Blocks(first, side, (-(-cells[0] // block), -(-cells[1] // block)))


@dataclass(frozen=True)
class Plan:
    """How an image of one size is searched: `seen` are the levels computed whole, `numbers` which of `ladder` they are.

    Where `numbers` is None these are all, and nothing else is computed. `grid` and `cells` are the fused map's.
    `together` images are read at once.
    """

    ladder: Ladder
    grid: "Geometry"
    cells: "Pair"
    seen: tuple[Level, ...]
    numbers: list[int] | None
    together: int

    @property
    def size(self) -> "Pair":
        """Pixels of the image."""
        return self.ladder.levels[0].of

    @property
    def alone(self) -> "tuple[slice, slice] | None":
        """The rows and columns of the only level's map that are the fused map; None: there are several, or resized."""
        (level, *others) = self.seen
        if others or self.numbers is not None or level.size != level.of:
            return None
        spans = []
        for axis in (0, 1):
            start = round((self.grid.center(0, 0)[axis] - level.first[axis]) / level.step[axis])
            spans.append(slice(start, start + self.cells[axis]))
        return spans[0], spans[1]

    def levels(self) -> list[Level]:
        """Return all levels, and parts of them, that pixels are needed of."""
        return [*self.ladder.levels, *(self.seen if self.numbers is not None else ())]

    def beyond(self, level: Level, axis: int) -> float:
        """Return how far beyond a part a level reaches along an axis, in pixels of the image."""
        windows, cells = _KNOWN if self.numbers is None else _CLIMBED
        fine = self.ladder.levels[0]
        stride = fine.step[axis] * fine.scale[axis]
        return max(windows * level.object_size[axis], cells * stride / level.scale[axis])

    def borders(self, axis: int, cells: "Pair") -> tuple[float, float]:
        """Return where a span of the fused map's cells begins and ends, in pixels; the outermost have no end."""
        first, stride = self.grid.center(0, 0)[axis], self.grid.stride[axis]
        low, high = (first + (cell - 0.5) * stride for cell in cells)
        return float("-inf") if cells[0] == 0 else low, float("inf") if cells[1] == self.cells[axis] else high

    def part(self, network: "Network", own: "Network", rows: "Pair", cols: "Pair") -> "Plan":
        """Return the plan of a part of the fused map; `network` computes the ladder's levels, `own` those seen first.

        What lies in the part comes out as in the whole image.
        """
        borders = (self.borders(0, rows), self.borders(1, cols))
        levels = tuple(self._part(level, network, borders) for level in self.ladder.levels)
        seen = levels if self.numbers is None else tuple(self._part(level, own, borders) for level in self.seen)
        stride, offset = self.grid.stride, self.grid.offset
        first = (offset[0] + rows[0] * stride[0], offset[1] + cols[0] * stride[1])
        return replace(
            self,
            ladder=Ladder(levels, self.ladder.cut),
            grid=type(self.grid)(self.grid.window, stride, first),
            cells=(rows[1] - rows[0], cols[1] - cols[0]),
            seen=seen,
            together=1,
        )

    def _part(self, level: Level, network: "Network", borders: tuple[tuple[float, float], ...]) -> Level:
        """Return the part of a level that matters between borders, and so far beyond."""
        rows, cols = (_span(level, axis, borders[axis], self.beyond(level, axis)) for axis in (0, 1))
        return level.part(network, rows, cols)


def _span(level: Level, axis: int, borders: tuple[float, float], beyond: float) -> "Pair":
    """Return the cells of a level along an axis that matter between borders in pixels: one at least."""
    last = level.cells[axis] - 1
    low, high = (
        min(max((border + by - level.first[axis]) / level.step[axis], 0.0), float(last))
        for border, by in zip(borders, (-beyond, beyond), strict=True)
    )
    return int(low), int(-(-high // 1)) + 1
