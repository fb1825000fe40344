"""Which boxes may share pixels with one: of few all, of many by a grid for each order of size."""

from typing import NamedTuple

import numpy as np

from fullconv.locate.peaks.cells import Doubles, Indices

# Of so many boxes all are looked at: quicker than looking for them.
_FEW = 2048


class _Grid(NamedTuple):
    """Boxes no longer than `side` pixels, by the cell of a grid of that side in which their corner lies."""

    side: float
    first: Indices  # (2,) column and row of the first cell
    last: Indices  # (2,) of the last
    keys: Indices  # (m,) of the cells, in order
    which: Indices  # (m,)


class Nearby:
    """Boxes `[x, y, w, h]` (n, 4) among which those near one are found."""

    def __init__(self, boxes: Doubles, few: int = _FEW) -> None:
        """Take boxes; of no more than `few` all are near."""
        self._boxes, self._all = boxes, np.arange(len(boxes), dtype=np.intp)
        self._grids: list[_Grid] = []
        if len(boxes) <= few:
            return
        orders = np.ceil(np.log2(np.maximum(boxes[:, 2:].max(axis=1), 1.0)))
        for order in np.unique(orders):
            self._grids.append(_grid(boxes, np.nonzero(orders == order)[0], float(2.0**order)))

    def __call__(self, index: int) -> Indices:
        """Return the places of boxes, among them all that share pixels with box `index`, and itself."""
        if not self._grids:
            return self._all
        low, high = self._boxes[index, :2], self._boxes[index, :2] + self._boxes[index, 2:]
        found = []
        for grid in self._grids:
            # A box of this grid reaches into the next cell at most.
            begin = np.maximum(np.floor(low / grid.side).astype(np.intp) - 1, grid.first)
            end = np.minimum(np.floor(high / grid.side).astype(np.intp), grid.last)
            if (begin > end).any():
                continue
            if end[1] - begin[1] >= len(grid.which):
                found.append(grid.which)
                continue
            rows = (np.arange(begin[1], end[1] + 1) - grid.first[1]) * (grid.last[0] - grid.first[0] + 1)
            starts = np.searchsorted(grid.keys, rows + begin[0] - grid.first[0], "left")
            stops = np.searchsorted(grid.keys, rows + end[0] - grid.first[0], "right")
            found += [grid.which[start:stop] for start, stop in zip(starts, stops, strict=True) if stop > start]
        return np.concatenate(found)


def _grid(boxes: Doubles, which: Indices, side: float) -> _Grid:
    cells = np.floor(boxes[which, :2] / side).astype(np.intp)
    first, last = cells.min(axis=0), cells.max(axis=0)
    keys = (cells[:, 1] - first[1]) * (last[0] - first[0] + 1) + cells[:, 0] - first[0]
    order = np.argsort(keys, kind="stable")
    return _Grid(side, first, last, keys[order], which[order])
