"""How large an object is, and how sure it is, from the levels around it."""

import numpy as np
import numpy.typing as npt

from fullconv.locate.levels.pyramid import Level
from fullconv.locate.peaks.places import Peaks
from fullconv.locate.peaks.subcell import Doubles, Indices, fitted

# Levels to either side that the parabola is fitted to, and how far, in levels, its maximum may lie from the peak's.
_LEVELS = 2
_FARTHEST = 0.5
# Differences farther below the highest mean nothing.
_DEPTH = 20.0
# What the level to either side weighs in an object's evidence, against 1 of its own.
_BESIDE = 0.25


def across_levels(
    maps: list[npt.NDArray[np.float32]],
    levels: list[Level],
    index: int,
    peaks: Peaks,
    reach: tuple[int, int],
) -> tuple[Doubles, Doubles]:
    """Return the factors (n,) by which objects exceed the frame of level `index`, and their log-odds (n,).

    The objects are the `peaks` of that level. Read is the height that the quadratics of `fitted` have at their centres,
    on this level and those near. The factor is where a parabola in the logarithm of the size is
    highest; 1 at the pyramid's ends, where one side is unknown. The log-odds are the mean of the level and the ones
    beside it: a stroke that looks like a small object seldom does so at the next size.
    """
    near = list(range(max(0, index - _LEVELS), min(len(levels), index + _LEVELS + 1)))
    centres = levels[index].centres(peaks.place)
    heights = np.stack(
        [
            peaks.heights if other == index else _heights(maps[other], levels[other], centres, peaks.labels, reach)
            for other in near
        ],
        axis=1,
    )
    weights = np.array([{0: 1.0, 1: _BESIDE}.get(abs(other - index), 0.0) for other in near])
    evidence = heights @ (weights / weights.sum())
    if index == 0 or index == len(levels) - 1:
        return np.ones(len(evidence)), evidence
    logs = np.log([levels[other].object_size[0] / levels[index].object_size[0] for other in near])
    heights = np.maximum(heights, heights.max(axis=1, keepdims=True) - _DEPTH)
    terms = np.stack([np.ones_like(logs), logs, logs**2], axis=1)
    _, slope, bend = np.linalg.pinv(terms) @ heights.T
    peaked = bend < 0
    shift = np.where(peaked, -slope / np.where(peaked, 2 * bend, 1), 0)
    own = near.index(index)
    return np.exp(np.clip(shift, _FARTHEST * logs[own - 1], _FARTHEST * logs[own + 1])), evidence


def _heights(
    scores: npt.NDArray[np.float32], level: Level, centres: Doubles, labels: Indices, reach: tuple[int, int]
) -> Doubles:
    """Return the log-odds (n,) of classes at centres in pixels, between the cells of one level."""
    places = (centres - np.array(level.first)) / np.array(level.step)
    cells = np.clip(np.rint(places), 0, np.array(level.cells) - 1).astype(np.intp)
    fit = fitted(scores, cells[:, 0], cells[:, 1], labels, reach)
    limit = np.maximum(0.5, np.array(reach) / 2)
    return fit.value(np.clip(places - cells, -limit, limit))
