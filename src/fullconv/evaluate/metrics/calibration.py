"""Do detection scores say how often detections are right?"""

from dataclasses import dataclass

import numpy as np

from fullconv.evaluate.annotations import UNDEFINED
from fullconv.evaluate.tables import Flags, Floats, Ints

BINS = 15


@dataclass(frozen=True)
class Reliability:
    """Detections in bins of equal width over the scores 0 to 1; a bin (low, high] holds its upper end.

    `count`, `confidence` and `accuracy` (15,): how many, their mean score, the share of them that is right (0 in
    an empty bin).
    """

    count: Ints
    confidence: Floats
    accuracy: Floats

    @property
    def error(self) -> float:
        """The expected calibration error: |accuracy - confidence|, the mean over all detections; -1 without one."""
        total = int(self.count.sum())
        return float((self.count * np.abs(self.accuracy - self.confidence)).sum() / total) if total else UNDEFINED


def reliability(score: Floats, right: Flags) -> Reliability:
    """Return the reliability of scores (D,) whose detections are right (D,) or not; empty for scores beyond 0..1.

    Source: Guo et al. 2017, On Calibration of Modern Neural Networks, section 2.
    """
    if len(score) and not (score.min() >= 0 and score.max() <= 1):
        score, right = score[:0], right[:0]  # no probabilities: there is nothing to calibrate
    place = np.maximum(np.ceil(score * BINS).astype(np.int64) - 1, 0)
    count = np.bincount(place, minlength=BINS)
    many = np.maximum(count, 1)
    confidence = np.bincount(place, weights=score, minlength=BINS) / many
    return Reliability(count, confidence, np.bincount(place, weights=right, minlength=BINS) / many)
