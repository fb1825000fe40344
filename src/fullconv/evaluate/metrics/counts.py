"""How many objects of each class there are, and how many were found."""

from dataclasses import dataclass

import numpy as np

from fullconv.evaluate.annotations import UNDEFINED
from fullconv.evaluate.matching.greedy import IGNORED
from fullconv.evaluate.metrics.judgement import Judgement
from fullconv.evaluate.tables import Floats, Ints


@dataclass(frozen=True)
class Counts:
    """Objects and detections (N, C) of each image and category; `images` are their ids, `names` the categories'."""

    images: tuple[int, ...]
    names: tuple[str, ...]
    truth: Ints
    found: Ints

    @property
    def errors(self) -> Floats:
        """|found - truth| / truth of each category (C,) over all images; -1 where there is no object."""
        truth, found = self.truth.sum(axis=0), self.found.sum(axis=0)
        return np.where(truth > 0, np.abs(found - truth) / np.maximum(truth, 1), UNDEFINED)

    @property
    def error(self) -> float:
        """The mean of these over the categories with objects; -1 without any."""
        known = self.errors[self.errors >= 0]
        return float(known.mean()) if len(known) else UNDEFINED


def counted(judgement: Judgement, threshold: Floats) -> Counts:
    """Return the counts at the threshold (D,) of each detection; crowds, and what lies on them, count for nothing.

    A detection counts whether it is right or not: what is asked is how many, not where.
    """
    found, truth, objects = judgement.found, judgement.truth, judgement.truth.objects
    shape = len(truth.images), len(truth.categories)
    kept = judgement.kept(threshold) & (judgement.verdict(judgement.by_iou) != IGNORED)
    return Counts(
        truth.images,
        truth.names,
        _table(objects.image[~objects.crowd], objects.category[~objects.crowd], shape),
        _table(found.image[kept], found.category[kept], shape),
    )


def _table(image: Ints, category: Ints, shape: tuple[int, int]) -> Ints:
    table: Ints = np.bincount(image * shape[1] + category, minlength=shape[0] * shape[1]).reshape(shape)
    return table
