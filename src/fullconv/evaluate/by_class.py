"""What a meter knows of each class, and what it could be at another threshold."""

from dataclasses import replace

import numpy as np

from fullconv.evaluate.matching.greedy import IGNORED
from fullconv.evaluate.meter import Meter
from fullconv.evaluate.metrics.classwise import SetFigures, set_figures
from fullconv.evaluate.tables import Ints


def figures_by_class(meter: Meter, threshold: float) -> SetFigures:
    """Return the figures of a set's classes at a score threshold.

    Raises:
        InputError: an image that was not added, or a threshold that is no finite number.
    """
    figures = set_figures(meter.judged(threshold), threshold)
    now, best = meter.metrics(threshold), meter.best_threshold()
    there = meter.metrics(best)
    return replace(
        figures, ece=float(now["ece"]), F1=float(now["F1_iou50"]), best=(best, float(there["F1_iou50"]))
    )  # fmt: skip


def counts_by_image(meter: Meter, threshold: float) -> tuple[Ints, Ints]:
    """Return how many objects (N, C) each image holds of each class, and how many were found, right or wrong.

    Crowds and what lies in them are not counted.

    Raises:
        InputError: an image that was not added, or a threshold that is no finite number.
    """
    judgement = meter.judged(threshold)
    truth, found = judgement.truth, judgement.found
    there, said = (np.zeros((len(truth.images), len(truth.categories)), np.int64) for _ in range(2))
    objects = ~truth.objects.crowd
    np.add.at(there, (truth.objects.image[objects], truth.objects.category[objects]), 1)
    kept = judgement.kept(threshold) & (judgement.verdict(judgement.by_iou) != IGNORED)
    np.add.at(said, (found.image[kept], found.category[kept]), 1)
    return there, said
