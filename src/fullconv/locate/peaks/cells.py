"""The scores of the cells of maps, all of them or some, behind one way to ask for them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.locate.peaks.odds import Floats, highest_object

Indices = npt.NDArray[np.intp]
Doubles = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

# What a lookup has for a cell that is not known, and for one that somebody has asked for.
UNKNOWN, ASKED = -1, -2


class Cells:
    """Cells of maps; `table` (n, K) has the scores of those that are known.

    A cell is named by the number of its map, its row and column, as arrays of one shape; `find` gives its row of the
    table.
    """

    def __init__(self, shapes: Sequence[tuple[int, int]], table: Floats, lookup: npt.NDArray[np.int32] | None) -> None:
        """Take the maps' shapes (H', W'); `lookup` has a place for every cell of every map, None where all are known.

        Without a `lookup` the table holds the maps one after another, each row by row.
        """
        self.shapes = np.array(shapes, np.intp).reshape(-1, 2)
        sizes = self.shapes.prod(axis=1)
        self._first = np.cumsum(sizes) - sizes
        self.table, self._lookup = table, lookup
        self._flat: Indices | None = None if lookup is None else np.zeros(0, np.intp)

    @classmethod
    def whole(cls, maps: Sequence[Floats]) -> "Cells":
        """Return the cells of whole maps (H', W', K)."""
        flat = [one.reshape(-1, one.shape[-1]) for one in maps]
        return cls([one.shape[:2] for one in maps], flat[0] if len(flat) == 1 else np.concatenate(flat), None)

    @classmethod
    def none(cls, shapes: Sequence[tuple[int, int]], classes: int) -> "Cells":
        """Return maps of which no cell is known yet."""
        total = sum(height * width for height, width in shapes)
        return cls(shapes, np.zeros((0, classes), np.float32), np.full(total, UNKNOWN, np.int32))

    def find(self, maps: Indices, rows: Indices, cols: Indices) -> Indices:
        """Return the rows of the table that hold cells, -1 for one that lies outside its map or is not known."""
        height, width = self.shapes[maps, 0], self.shapes[maps, 1]
        inside = (rows >= 0) & (rows < height) & (cols >= 0) & (cols < width)
        flat = np.where(inside, self._first[maps] + rows * width + cols, 0)
        return np.where(inside, flat if self._lookup is None else np.maximum(self._lookup[flat], UNKNOWN), UNKNOWN)

    def complete(self, maps: Indices, rows: Indices, cols: Indices, reach: tuple[int, int]) -> Flags:
        """Return whether all cells within `reach` of cells (n,) are known that lie in the map."""
        if self._lookup is None:
            return np.ones(len(rows), bool)
        down, across = offsets(reach)
        near = maps[:, np.newaxis]
        last_row, last_col = (self.shapes[near, axis] - 1 for axis in (0, 1))
        near_rows = np.clip(rows[:, np.newaxis] + down, 0, last_row)
        near_cols = np.clip(cols[:, np.newaxis] + across, 0, last_col)
        known: Flags = self.find(near, near_rows, near_cols).min(axis=1) >= 0
        return known

    def above(self, background: int | None, floor: float) -> Indices:
        """Return the rows of the table whose best object reaches `floor`, in the order of maps and of reading."""
        (high,) = np.nonzero(highest_object(self.table, background) >= self.table.dtype.type(floor))
        return high if self._flat is None else high[np.argsort(self._flat[high])]

    def named(self, places: Indices) -> tuple[Indices, Indices, Indices]:
        """Return the maps, rows and columns of rows of the table."""
        flat = places if self._flat is None else self._flat[places]
        maps = np.searchsorted(self._first, flat, "right") - 1
        rows, cols = np.divmod(flat - self._first[maps], self.shapes[maps, 1])
        return maps, rows, cols

    def known(self, number: int) -> npt.NDArray[np.int32]:
        """Return a view (H', W') of where in the table a map's cells are, below 0 where they are not.

        Raises:
            ValueError: all cells are known.
        """
        if self._lookup is None:
            raise ValueError("all cells are known")
        height, width = self.shapes[number]
        return self._lookup[self._first[number] : self._first[number] + height * width].reshape(height, width)

    def add(self, maps: Indices, rows: Indices, cols: Indices, scores: Any) -> None:
        """Make cells (m,) that were asked for known by their scores (m, K); others stay as they are.

        What is known then does not depend on how it was computed: with more around it, or without.

        Raises:
            ValueError: all cells are known.
        """
        if self._lookup is None or self._flat is None:
            raise ValueError("all cells are known")
        flat, first = np.unique(self._first[maps] + rows * self.shapes[maps, 1] + cols, return_index=True)
        new = self._lookup[flat] == ASKED
        flat, first = flat[new], first[new]
        self._lookup[flat] = len(self.table) + np.arange(len(flat))
        self.table = np.concatenate([self.table, scores[first]])
        self._flat = np.concatenate([self._flat, flat])


def offsets(reach: tuple[int, int]) -> tuple[Indices, Indices]:
    """Return the rows and columns, flat, from a cell to those within `reach` of it."""
    down, across = np.mgrid[-reach[0] : reach[0] + 1, -reach[1] : reach[1] + 1]
    return down.ravel(), across.ravel()
