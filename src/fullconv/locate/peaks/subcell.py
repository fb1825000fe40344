"""Where between the cells a peak lies.

A quadratic is fitted by least squares to the log-odds of the peak's class around the peak's cell. Near the middle of an
object log-odds are a flat top with steep sides: a parabola through three cells would follow the noise of the top, and a
centroid of probabilities is drawn to the middle of the cells it reads. Lost on the far sides are differences that mean
nothing, so log-odds are cut `_DEPTH` below the peak's.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from fullconv.locate.peaks.cells import Cells, Doubles, Indices
from fullconv.locate.peaks.odds import log_odds

# Share of the window's side that the fit reaches, to either side.
_REACH = 0.15
# At most so many cells to either side are read; a dense map is thinned.
_SAMPLES = 3
_DEPTH = 20.0
# What bends less is even: its highest place is where rounding puts it.
_EVEN = 1e-6
# Keeps a fit defined where cells are missing beyond the map's border.
_RIDGE = 1e-9


@dataclass(frozen=True)
class Fit:
    """Quadratics `c0 + c1·dy + c2·dx + c3·dy² + c4·dx²` around n cells; dy and dx in cells, `coefficients` (n, 5)."""

    coefficients: Doubles
    reach: tuple[int, int]
    edge: npt.NDArray[np.bool_]  # (n, 2): whether one side is unknown, as on the map's border

    def vertex(self) -> Doubles:
        """Return the offsets (n, 2) of the maxima in cells, not farther than half the reach, 0 where there is none."""
        slope, bend = self.coefficients[:, 1:3], self.coefficients[:, 3:5]
        curved = (bend < -_EVEN) & ~self.edge
        offsets = np.where(curved, -slope / np.where(curved, 2 * bend, 1), 0)
        limit = np.maximum(0.5, np.array(self.reach) / 2)
        return np.clip(offsets, -limit, limit)

    def value(self, offsets: Doubles) -> Doubles:
        """Return the quadratics' values at offsets (n, 2) in cells."""
        terms = np.concatenate([np.ones((len(offsets), 1)), offsets, offsets**2], axis=1)
        result: Doubles = (terms * self.coefficients).sum(axis=1)
        return result


def reach_of(window: tuple[int, int], stride: tuple[float, float]) -> tuple[int, int]:
    """Return how many cells to either side belong to one peak, at least one."""
    rows, cols = (max(1, round(_REACH * side / step)) for side, step in zip(window, stride, strict=True))
    return rows, cols


def fitted(cells: Cells, maps: Indices, rows: Indices, cols: Indices, labels: Indices, reach: tuple[int, int]) -> Fit:
    """Return quadratics of the log-odds of classes `labels` (n,) around cells (n,); cells not known are left out."""
    dy, dx, terms, solution = _design(reach)
    near = cells.find(maps[:, np.newaxis], rows[:, np.newaxis] + dy, cols[:, np.newaxis] + dx)
    known = near >= 0
    patch = cells.table[near]
    odds = log_odds(patch, np.broadcast_to(labels[:, np.newaxis], patch.shape[:2]))
    peak = np.where(known, odds, -np.inf).max(axis=1, keepdims=True)
    odds = np.maximum(odds, peak - _DEPTH)
    edge = ~np.stack([_beside(cells, maps, rows, cols, axis) for axis in (0, 1)], axis=1)
    if known.all():
        return Fit(odds @ solution, reach, edge)
    weighted = terms * known[..., np.newaxis]
    normal = np.swapaxes(weighted, 1, 2) @ terms + _RIDGE * np.eye(terms.shape[1])
    right = np.swapaxes(weighted, 1, 2) @ odds[..., np.newaxis]
    return Fit(np.linalg.solve(normal, right)[..., 0], reach, edge)


def _beside(cells: Cells, maps: Indices, rows: Indices, cols: Indices, axis: int) -> npt.NDArray[np.bool_]:
    """Return whether the cells (n,) before and after along an axis are known."""
    moves = [(step, 0) if axis == 0 else (0, step) for step in (-1, 1)]
    known: npt.NDArray[np.bool_] = np.all(
        [cells.find(maps, rows + down, cols + across) >= 0 for down, across in moves], axis=0
    )
    return known


@cache
def _design(reach: tuple[int, int]) -> tuple[Indices, Indices, Doubles, Doubles]:
    """Return the offsets of the cells that are read, flat, the quadratic's terms there, and what solves for it."""
    dy, dx = (array.ravel() for array in np.meshgrid(_samples(reach[0]), _samples(reach[1]), indexing="ij"))
    terms = np.stack([np.ones(len(dy)), dy, dx, dy**2, dx**2], axis=1)
    return dy.astype(np.intp), dx.astype(np.intp), terms.astype(np.float64), np.linalg.pinv(terms).T.astype(np.float64)


def _samples(reach: int) -> Indices:
    step = -(-reach // _SAMPLES)
    half = reach // step
    return np.arange(-half, half + 1) * step
