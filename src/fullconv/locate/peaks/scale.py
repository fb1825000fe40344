"""How large an object is, and how sure it is, from the levels around it."""

import numpy as np
import numpy.typing as npt

from fullconv.locate.peaks.cells import Cells, Doubles, Indices
from fullconv.locate.peaks.ladder import Ladder
from fullconv.locate.peaks.places import Peaks
from fullconv.locate.peaks.subcell import fitted

# Levels to either side that the parabola is fitted to, and how far, in levels, its maximum may lie from the peak's.
_LEVELS = 2
_FARTHEST = 0.5
# Differences farther below the highest mean nothing.
_DEPTH = 20.0
# What the level to either side weighs in an object's evidence, against 1 of its own.
_BESIDE = 0.25
# By how much the differences from level to level fall: the log-odds of a bell in the logarithm of the size.
_BEND = 1.5
# Keeps the parabola defined where small images have levels of one size.
_RIDGE = 1e-12


def across_levels(cells: Cells, ladder: Ladder, peaks: Peaks, reach: tuple[int, int]) -> tuple[Doubles, Doubles]:
    """Return the factors (n,) by which objects exceed the frame of their peak's level, and their log-odds (n,).

    Read is the height that the quadratics of `fitted` have at their centres, on the peak's level and those near. The
    factor is where a parabola in the logarithm of the size is highest; 1 where one side is unknown, as at the
    pyramid's ends. The log-odds are the mean of the level and the ones beside it: a stroke that looks like a small
    object seldom does so at the next size. A level beside that is not known counts as on a bell through the others.
    """
    steps = np.arange(-_LEVELS, _LEVELS + 1)
    heights = _heights(cells, ladder, peaks, reach, steps)
    known = np.isfinite(heights)
    own, beside = peaks.heights[:, np.newaxis], heights[:, np.abs(steps) == 1]
    beside = np.where(np.isfinite(beside), beside, 2 * own - beside[:, ::-1] - _BEND)
    there = np.isfinite(beside) & np.stack([ladder.has(peaks.maps, step) for step in (-1, 1)], axis=1)
    evidence = (own[:, 0] + _BESIDE * np.where(there, beside, 0).sum(axis=1)) / (1 + _BESIDE * there.sum(axis=1))
    return _growth(ladder, peaks, heights, known, steps), evidence


def _heights(cells: Cells, ladder: Ladder, peaks: Peaks, reach: tuple[int, int], steps: Indices) -> Doubles:
    """Return the log-odds (n, S) of the peaks' classes at their centres `steps` levels away; NaN if not known."""
    centres = ladder.centres(peaks.maps, peaks.place)
    heights = np.full((len(peaks.maps), len(steps)), np.nan)
    limit = np.maximum(0.5, np.array(reach) / 2)
    for place, step in enumerate(steps.tolist()):
        if step == 0:
            heights[:, place] = peaks.heights
            continue
        (there,) = np.nonzero(ladder.has(peaks.maps, step))
        maps = peaks.maps[there] + step
        at, off = ladder.nearest(maps, centres[there])
        known = cells.find(maps, at[:, 0], at[:, 1]) >= 0
        there, maps, at, off = there[known], maps[known], at[known], off[known]
        fit = fitted(cells, maps, at[:, 0], at[:, 1], peaks.labels[there], reach)
        heights[there, place] = fit.value(np.clip(off, -limit, limit))
    return heights


def _growth(ladder: Ladder, peaks: Peaks, heights: Doubles, known: npt.NDArray[np.bool_], steps: Indices) -> Doubles:
    growth = np.ones(len(heights))
    (sure,) = np.nonzero(known[:, np.abs(steps) == 1].all(axis=1))
    if not len(sure):
        return growth
    level = peaks.maps[sure, np.newaxis] % len(ladder)
    logs = ladder.logs[np.clip(level + steps, 0, len(ladder) - 1)] - ladder.logs[level]
    values = np.where(known[sure], heights[sure], -np.inf)
    values = np.maximum(values, values.max(axis=1, keepdims=True) - _DEPTH)
    terms = np.stack([np.ones_like(logs), logs, logs**2], axis=2) * known[sure, :, np.newaxis]
    normal, right = np.swapaxes(terms, 1, 2) @ terms, np.swapaxes(terms, 1, 2) @ values[..., np.newaxis]
    _, slope, bend = np.linalg.solve(normal + _RIDGE * np.eye(3), right)[..., 0].T
    peaked = bend < 0
    shift = np.where(peaked, -slope / np.where(peaked, 2 * bend, 1), 0)
    beside = [logs[:, steps == step][:, 0] for step in (-1, 1)]
    growth[sure] = np.exp(np.clip(shift, _FARTHEST * beside[0], _FARTHEST * beside[1]))
    return growth
