"""Precision, recall and F1 at a score threshold, and the threshold with the best F1."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from fullconv.evaluate.annotations import UNDEFINED
from fullconv.evaluate.matching.greedy import IGNORED, RIGHT
from fullconv.evaluate.tables import Floats, Ints, Thresholds

Verdicts = npt.NDArray[np.int8]


def counts_by_image(verdict: Verdicts, score: Floats, image: Ints, threshold: Floats, images: int) -> tuple[Ints, Ints]:
    """Return how many detections of each image (N,) are right and wrong among those that reach their threshold (D,)."""
    kept = score >= threshold
    right = np.bincount(image[kept & (verdict == RIGHT)], minlength=images)
    wrong = np.bincount(image[kept & (verdict != RIGHT) & (verdict != IGNORED)], minlength=images)
    return right, wrong


def of_each(threshold: Thresholds, labels: Ints) -> Floats:
    """Return the threshold of each of some classes (n,), whether all have one or each its own."""
    if isinstance(threshold, int | float):
        return np.full(len(labels), threshold, np.float64)
    own: Floats = np.asarray(threshold, np.float64)[labels]
    return own


def common(threshold: Thresholds) -> float:
    """Return the threshold of all classes; -1 where they differ."""
    values = {float(threshold)} if isinstance(threshold, int | float) else set(map(float, threshold))
    return values.pop() if len(values) == 1 else UNDEFINED


def rates(right: Floats, wrong: Floats, wanted: Floats) -> Mapping[str, Floats]:
    """Return precision, recall and F1 of counts (S,); NaN where there is no object, 0 where nothing is right."""
    none = wanted <= 0
    values = {
        "precision": right / np.maximum(right + wrong, 1),
        "recall": right / np.maximum(wanted, 1),
        "F1": 2 * right / np.maximum(right + wrong + wanted, 1),
    }
    return {name: np.where(none, np.nan, value) for name, value in values.items()}


def best_threshold(verdict: Verdicts, score: Floats, wanted: int) -> float:
    """Return the score threshold of the highest F1: midway between the last score kept and the first left out.

    Of equal F1 the highest threshold is taken; without an object or a right detection it is 0.5.
    """
    counted = verdict != IGNORED
    order = np.argsort(-score[counted], kind="stable")
    right = np.cumsum(verdict[counted][order] == RIGHT)
    if wanted == 0 or len(right) == 0 or right[-1] == 0:
        return 0.5
    ordered = score[counted][order]
    # A threshold keeps all detections of a score or none.
    ends = np.flatnonzero(np.append(np.diff(ordered) != 0, True))
    best = int(np.argmax(2 * right[ends] / (ends + 1 + wanted)))
    last = float(ordered[ends[best]])
    if best + 1 == len(ends):
        return last
    after = float(ordered[ends[best + 1]])
    middle = (last + after) / 2
    return middle if middle > after else last
