"""How many objects of each class were found in each image, beside how many there are."""

from dataclasses import dataclass

import numpy as np

from fullconv.evaluate.matching.greedy import IGNORED
from fullconv.evaluate.metrics.judgement import Judgement
from fullconv.evaluate.tables import Ints


@dataclass(frozen=True, eq=False)
class Counts:
    """`true` and `found` (N, C) by image id and class; crowds and what lies in them are not counted."""

    images: tuple[int, ...]
    classes: tuple[str, ...]
    true: Ints
    found: Ints

    @property
    def errors(self) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
        """By how much of the truth each class (C,) is found too often or too seldom in all images; NaN without any."""
        true = self.true.sum(axis=0).astype(np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(true > 0, self.found.sum(axis=0) / true - 1, np.nan)


def image_counts(judgement: Judgement, threshold: float) -> Counts:
    """Return the counts of all images; detections count from a score threshold on, right or wrong."""
    truth, found = judgement.truth, judgement.found
    shape = len(truth.images), len(truth.categories)
    there, said = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    objects = ~truth.objects.crowd
    np.add.at(there, (truth.objects.image[objects], truth.objects.category[objects]), 1)
    kept = judgement.kept(threshold) & (judgement.verdict(judgement.by_iou) != IGNORED)
    np.add.at(said, (found.image[kept], found.category[kept]), 1)
    return Counts(truth.images, truth.names, there, said)
