"""Into which tiles the search of an image is cut, so that each keeps to the memory."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fullconv.locate.levels.pyramid import Level
from fullconv.locate.peaks.plan import BLOCK, Plan, block_of

if TYPE_CHECKING:
    from fullconv.convert.geometry import Pair
    from fullconv.locate.levels.pyramid import Spans
    from fullconv.locate.peaks.reader import PeakReader

# Numbers in single precision that a tile may hold of its pixels, its levels and its map: 256 MiB.
VALUES = 2**26
# Numbers that are kept of a cell beside its scores where it may be a peak, as all cells of an even ground may.
_PER_CELL = 20
# Numbers that levels computed beforehand may hold.
_BEFOREHAND = 2**25
# A level is computed beforehand, of the whole image, where a tile would read so many times its own length beyond.
_FAR = 0.5


@dataclass(frozen=True)
class Tile:
    """A part of an image's fused map: rows and columns of cells, from the first up to one past the last."""

    rows: "Pair"
    cols: "Pair"

    @property
    def name(self) -> str:
        """What it is called among the tiles of its image."""
        return f"{self.rows[0]}-{self.cols[0]}"


@dataclass(frozen=True)
class Tiling:
    """Tiles of `side` (rows, columns) cells that cover an image's fused map; `beforehand` are levels reduced first."""

    plan: Plan
    side: "Pair"
    beforehand: tuple[Level, ...]

    def __len__(self) -> int:
        """Return the number of tiles."""
        return -(-self.plan.cells[0] // self.side[0]) * -(-self.plan.cells[1] // self.side[1])

    def __iter__(self) -> Iterator[Tile]:
        """Yield the tiles in the order of reading."""
        rows, cols = self.plan.cells
        for top in range(0, rows, self.side[0]):
            for left in range(0, cols, self.side[1]):
                yield Tile((top, min(rows, top + self.side[0])), (left, min(cols, left + self.side[1])))

    @property
    def chunk(self) -> int:
        """Cells a side of what a tile writes whole."""
        ways = [side for side, cells in zip(self.side, self.plan.cells, strict=True) if side < cells]
        block = _block(self.plan)
        return math.gcd(*ways) if ways else -(-max(self.side) // block) * block

    @property
    def sizes(self) -> "set[Pair]":
        """The sizes (h, w) in pixels of the levels that are reduced first."""
        return {level.size for level in self.beforehand}


def tiling_of(reader: "PeakReader", plan: Plan, channels: int, classes: int, values: int = VALUES) -> Tiling:
    """Return the fewest tiles that keep to `values` numbers; images have `channels`, maps `classes`."""
    parts, block = (1, 1), _block(plan)
    while True:
        side = (_side(plan.cells[0], parts[0], block), _side(plan.cells[1], parts[1], block))
        tiling = Tiling(plan, side, _beforehand(plan, side, channels) if parts != (1, 1) else ())
        if side[0] <= block and side[1] <= block:
            return tiling
        if _values(reader, tiling, channels, classes) <= values:
            return tiling
        longer = side[1] > side[0]
        parts = (parts[0] + (not longer), parts[1] + longer)


def needed(plan: Plan, beforehand: "set[Pair]") -> "Spans | None":
    """Return the rows and columns of an image that the levels of a part of it are made of; None: of nothing."""
    each = [level.needed for level in plan.levels() if level.size not in beforehand]
    if not each:
        return None
    down, across = ((min(spans[axis][0] for spans in each), max(spans[axis][1] for spans in each)) for axis in (0, 1))
    return down, across


def _block(plan: Plan) -> int:
    return min(BLOCK, block_of(plan.grid.stride))


def _side(cells: int, parts: int, block: int) -> int:
    return min(cells, -(-cells // (parts * block)) * block)


def _beforehand(plan: Plan, side: "Pair", channels: int) -> tuple[Level, ...]:
    """Return the levels that a tile would read much of the image for, from the smallest on as far as there is room."""
    core = [cells * stride for cells, stride in zip(side, plan.grid.stride, strict=True)]
    chosen: dict[Pair, Level] = {}
    room = _BEFOREHAND
    for level in sorted(plan.levels(), key=lambda one: one.size):
        far = any(plan.beyond(level, axis) > _FAR * core[axis] for axis in (0, 1))
        taken = level.size[0] * level.size[1] * channels
        if far and level.size not in chosen and taken <= room:
            chosen[level.size] = level
            room -= taken
    return tuple(chosen.values())


def _values(reader: "PeakReader", tiling: Tiling, channels: int, classes: int) -> int:
    """Return the numbers that a tile in the middle holds at the most."""
    middle = [(cells // side // 2) * side for cells, side in zip(tiling.plan.cells, tiling.side, strict=True)]
    rows, cols = (
        (start, min(cells, start + side))
        for start, side, cells in zip(middle, tiling.side, tiling.plan.cells, strict=True)
    )
    part = reader.part(tiling.plan, rows, cols)
    # The map itself and the one before it, which is being written, and what it is made of.
    known = _of_levels([level.cells for level in part.seen])
    maps = (2 * part.cells[0] * part.cells[1] + known) * classes + _PER_CELL * known
    if reader.once(part):
        return maps
    spans, most = needed(part, tiling.sizes), 0
    if spans is not None:
        (top, bottom), (left, right) = spans
        most += (bottom - top) * (right - left) * channels
    most += _of_levels([level.shape for level in part.ladder.levels]) * channels
    # Levels of the coarse look are held one at a time.
    return maps + most + max(level.shape[0] * level.shape[1] for level in part.seen) * channels


def _of_levels(shapes: "list[Pair]") -> int:
    return sum(height * width for height, width in shapes)
