"""One box per object: which candidates a stronger one explains."""

import numpy as np
import numpy.typing as npt

from fullconv.locate.peaks.cells import Doubles, Indices
from fullconv.locate.peaks.nearby import Nearby
from fullconv.locate.peaks.odds import probability

# A box that lies in a larger one by this share of its own area, the larger being this much longer in side, may be a
# part of that object: the stroke of a “4” looks like a “1”, half of an “m” like an “n”. Of the same class it has to be
# larger by more: nearer it is the same object on another level.
_INSIDE, _LARGER, _LARGER_ALIKE = 0.75, 1.1, 1.4
# A share is larger than a limit by more than this share of it. Frames about cells often have just the limit, and which
# side of it their last bits are on differs between an image and its tiles.
_MORE = 1 + 1e-6
# What the log-odds of such a box lose when the larger is certain.
_PENALTY = 2.0


def kept(boxes: Doubles, overlap: float) -> npt.NDArray[np.intp]:
    """Return which of the boxes `[x, y, w, h]` (n, 4), strongest first, stay, in that order.

    Greedy: a box goes when its intersection over union with one that stays exceeds `overlap`. Classes do not matter: an
    object has one.
    """
    alive, nearby = np.ones(len(boxes), bool), Nearby(boxes)
    areas = boxes[:, 2] * boxes[:, 3]
    staying = []
    for index in range(len(boxes)):
        if not alive[index]:
            continue
        staying.append(index)
        later = nearby(index)
        later = later[later > index]
        shared = _shared(boxes[index], boxes[later])
        alive[later] &= shared <= _MORE * overlap * (areas[index] + areas[later] - shared)
    return np.array(staying, np.intp)


def without_parts(boxes: Doubles, odds: Doubles, labels: Indices, of_others: bool) -> Doubles:
    """Return log-odds (n,) lowered where a box `[x, y, w, h]` may be a part of a larger one's object.

    `of_others` looks at larger boxes of other classes than its own in `labels`, else at those of its own. A whole looks
    like its parts, and a part seldom like the whole. They are lowered, and the box is not removed: a small object may
    truly lie before a large one.
    """
    areas, least = boxes[:, 2] * boxes[:, 3], _LARGER if of_others else _LARGER_ALIKE
    if not len(boxes) or areas.max() <= least**2 * areas.min():
        return odds.copy()
    sure = probability(odds)
    lowered, nearby = odds.copy(), Nearby(boxes)
    for index, box in enumerate(boxes):
        near = nearby(index)
        larger = (areas[near] > least**2 * areas[index]) & (_shared(box, boxes[near]) > _MORE * _INSIDE * areas[index])
        larger &= (labels[near] != labels[index]) == of_others
        if larger.any():
            lowered[index] -= _PENALTY * sure[near[larger]].max()
    return lowered


def _shared(box: Doubles, others: Doubles) -> Doubles:
    """Return the areas that `box` shares with `others`, in pixels²."""
    low = np.maximum(box[:2], others[:, :2])
    high = np.minimum(box[:2] + box[2:], others[:, :2] + others[:, 2:])
    area: Doubles = np.maximum(high - low, 0).prod(axis=1)
    return area
