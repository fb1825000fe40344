"""What figures of a set need, fit for JSON."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from fullconv.evaluate.annotations import UNDEFINED
from fullconv.evaluate.metrics.average_precision import precision_curve
from fullconv.evaluate.metrics.calibration import BINS, Reliability
from fullconv.evaluate.metrics.confusion import confusion_counts, errors_by_size
from fullconv.evaluate.metrics.distances import centre_distances, distance_curve
from fullconv.evaluate.metrics.judgement import Judgement
from fullconv.evaluate.metrics.operating import rates
from fullconv.evaluate.tables import Floats


def curves(
    judgement: Judgement, reliable: Reliability, sums: Mapping[str, Floats], threshold: Floats
) -> dict[str, Any]:
    """Return curves, counts and each image's score at thresholds (D,); `sums` are the columns of `image_sums`."""
    found, truth = judgement.found, judgement.truth
    outcome = (found, truth.objects, judgement.any_category, judgement.kept(threshold), len(truth.categories))
    return {
        "precision_recall": {
            "recall": [place / 100 for place in range(101)],
            "0.50": precision_curve(judgement.ranked, 0),
            "0.75": precision_curve(judgement.ranked, 5),
        },
        "reliability": {
            "edges": [place / BINS for place in range(BINS + 1)],
            "count": reliable.count.tolist(),
            "confidence": reliable.confidence.tolist(),
            "accuracy": reliable.accuracy.tolist(),
        },
        "confusion": {
            "rows": [*truth.names, "nothing there"],
            "columns": [*truth.names, "missed"],
            "counts": confusion_counts(*outcome).tolist(),
        },
        "sizes": errors_by_size(*outcome),
        "distances": distance_curve(centre_distances(*judgement.matched_boxes(threshold))[0]),
        "images": _images(truth.images, sums),
    }


def _images(ids: tuple[int, ...], sums: Mapping[str, Floats]) -> list[dict[str, float]]:
    right, wrong, wanted = sums["iou_right"], sums["iou_wrong"], sums["wanted"]
    # An image without objects is as good as it has few false alarms: 0 with any, and nothing to tell without.
    score = np.where(wanted > 0, rates(right, wrong, wanted)["F1"], np.where(wrong > 0, 0.0, UNDEFINED))
    rows = zip(ids, score.tolist(), right.tolist(), wrong.tolist(), (wanted - right).tolist(), strict=True)
    return [
        {"id": one, "score": f1, "right": int(hits), "wrong": int(alarms), "missed": int(missed)}
        for one, f1, hits, alarms, missed in rows
    ]
