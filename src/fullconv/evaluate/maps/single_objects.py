"""MaxBoxAccV2 and PxAP: localization where an image shows one object, whose class is known.

Source: Choe et al. 2020, Evaluating Weakly Supervised Object Localization Methods Right, sections 3.3 (metrics) and
its extended version's section 4 (MaxBoxAccV2).
"""

import numpy as np
import numpy.typing as npt

from fullconv.evaluate.annotations import UNDEFINED
from fullconv.evaluate.tables import Flags, Floats, Ints

_OVERLAPS = np.array([0.3, 0.5, 0.7])
_LEVELS = 255  # thresholds of MaxBoxAccV2, as the published evaluation's 8-bit score maps have
_BINS = 1000  # thresholds of PxAP, .001 apart


class SingleObjects:
    """Both metrics of images with one object, streamed: counts alone are kept."""

    def __init__(self) -> None:
        self._images = 0
        self._right = np.zeros((len(_OVERLAPS), _LEVELS), np.int64)
        self._pixels = np.zeros((2, _BINS + 1), np.int64)

    def add(self, pixels: Floats, box: Floats, inside: Flags) -> None:
        """Count an image: scores (H, W) from 0 to 1, the object's box (x, y, w, h) and pixels (H, W) in that grid."""
        self._images += 1
        self._right += best_overlaps(pixels, box) >= _OVERLAPS[:, None]
        bins = np.floor(pixels * _BINS).astype(np.int64)
        for row, chosen in enumerate((inside, ~inside)):
            self._pixels[row] += np.bincount(bins[chosen], minlength=_BINS + 1)

    def miss(self, inside: Flags) -> None:
        """Count an image without a score map: no box fits, and every pixel (H, W) of it scores 0."""
        self._images += 1
        self._pixels[:, 0] += inside.sum(), (~inside).sum()

    def metrics(self) -> dict[str, float]:
        """Return max_box_acc_v2 and px_ap, -1 without an image."""
        if not self._images:
            return {"max_box_acc_v2": UNDEFINED, "px_ap": UNDEFINED}
        return {"max_box_acc_v2": float(self._right.max(axis=1).mean() / self._images), "px_ap": self._pixel_ap()}

    def _pixel_ap(self) -> float:
        right, wrong = self._pixels[:, ::-1].cumsum(axis=1)
        if right[-1] == 0:
            return UNDEFINED
        known = right + wrong > 0
        steps = np.diff(right / right[-1], prepend=0.0)
        return float((right[known] / (right + wrong)[known] * steps[known]).sum())


def best_overlaps(pixels: Floats, box: Floats) -> Floats:
    """Return the best IoU (255,) of a component's box with the object's, for 8-bit scores above 0, 1, …, 254.

    At each level the pixels above it fall into components (eight neighbours); `pixels` (H, W) from 0 to 1.
    """
    from skimage.morphology import max_tree

    # A frame of nothing: the tree of an image less than three pixels wide is wrong.
    levels = np.pad((pixels * _LEVELS).astype(np.uint8), 1)
    parent, order = max_tree(levels, connectivity=2)
    boxes, lowest, highest = _component_boxes(levels, parent.ravel(), order)
    overlap = _iou(boxes - 1, box)
    best = np.zeros(_LEVELS)
    for low, high, value in zip(lowest, highest, overlap, strict=True):
        best[low:high] = np.maximum(best[low:high], value)
    return best


def _component_boxes(levels: npt.NDArray[np.uint8], parent: Ints, order: Ints) -> tuple[Ints, Ints, Ints]:
    """Return left, top, right, bottom of every component, and the levels it is there at: `low` to below `high`."""
    flat = levels.ravel()
    root = order[0]
    # A node stands for its component: the pixel whose parent is lower, or the root.
    is_node = flat[parent] != flat
    is_node[root] = True
    nodes = order[is_node[order]]
    number = np.full(len(flat), -1)
    number[nodes] = np.arange(len(nodes))
    node = np.where(is_node, number, number[parent])
    rows, cols = np.divmod(np.arange(len(flat)), levels.shape[1])
    boxes = np.empty((len(nodes), 4), np.int64)
    for side, value in enumerate((cols, rows, -cols - 1, -rows - 1)):
        boxes[:, side] = np.iinfo(np.int64).max
        np.minimum.at(boxes[:, side], node, value)
    above = number[np.where(is_node[parent[nodes]], parent[nodes], parent[parent[nodes]])]
    for one in range(len(nodes) - 1, 0, -1):
        boxes[above[one]] = np.minimum(boxes[above[one]], boxes[one])
    boxes[:, 2:] *= -1
    high = flat[nodes].astype(np.int64)
    low = np.where(np.arange(len(nodes)) == 0, 0, high[above])
    return boxes, low, high


def _iou(boxes: Ints, box: Floats) -> Floats:
    low = np.maximum(boxes[:, :2], box[:2])
    high = np.minimum(boxes[:, 2:], box[:2] + box[2:])
    shared = np.maximum(high - low, 0.0).prod(axis=1)
    both: Floats = shared / ((boxes[:, 2:] - boxes[:, :2]).prod(axis=1) + box[2] * box[3] - shared)
    return both
