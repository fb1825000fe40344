"""What a meter knows of each class, and what it could be at another threshold."""

from dataclasses import replace

from fullconv.evaluate.meter import Meter
from fullconv.evaluate.metrics.classwise import SetFigures, set_figures
from fullconv.evaluate.metrics.operating import common
from fullconv.evaluate.tables import Thresholds


def figures_by_class(meter: Meter, threshold: Thresholds) -> SetFigures:
    """Return the figures of a set's classes at a score threshold, or at one for each class.

    Raises:
        InputError: an image that was not added, or a threshold that is no finite number.
    """
    figures = set_figures(meter.judged(threshold), meter.of_each(threshold), common(threshold))
    now, best = meter.metrics(threshold), meter.best_threshold()
    there = meter.metrics(best)
    return replace(
        figures, ece=float(now["ECE"]), F1=float(now["F1_iou50"]), best=(best, float(there["F1_iou50"]))
    )  # fmt: skip
