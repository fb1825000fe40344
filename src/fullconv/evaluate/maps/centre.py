"""Centre accuracy: does the cell centred on an object name its class?"""

from typing import TYPE_CHECKING, Any

import numpy as np

from fullconv.evaluate.annotations import ScoreMap
from fullconv.evaluate.tables import Flags, Floats, Ints

if TYPE_CHECKING:
    from fullconv.convert.geometry import Geometry


def centre_hits(scores: ScoreMap, geometry: "Geometry", labels: Ints, box: Floats) -> Flags:
    """Return for each object (M,) whether the cell nearest to it has its largest score at the object's class.

    All classes compete, the background too. `scores` (H', W', K), `labels` (M,) class indices, `box` (M, 4) x, y,
    width, height in pixels.
    """
    cells = [centre_cell(one, geometry, scores.shape) for one in box.tolist()]
    rows, cols = np.array(cells, dtype=np.int64).reshape(-1, 2).T
    named: Flags = scores[rows, cols].argmax(axis=1) == labels
    return named


def centre_cell(bbox: list[float], geometry: "Geometry", shape: tuple[int, ...]) -> tuple[int, int]:
    """Return the (row, column) of the map's cell nearest to a box's centre; `bbox` is [x, y, w, h] in pixels."""
    left, top, width, height = bbox
    row, col = geometry.nearest(top + height / 2, left + width / 2)
    # An object near the image's border can be nearest to a cell that the map does not have.
    return _within(row, shape[0]), _within(col, shape[1])


def _within(index: Any, count: int) -> int:
    return min(max(int(index), 0), count - 1)
