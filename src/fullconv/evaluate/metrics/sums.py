"""What each image adds to the metrics that are shares of a total, and the shares."""

from collections.abc import Mapping

import numpy as np

from fullconv.evaluate.metrics.judgement import Judgement
from fullconv.evaluate.metrics.operating import rates
from fullconv.evaluate.tables import Floats

# What a score map adds, image by image.
MAP_COLUMNS = ("pointing_hits", "pointing_trials", "centre_hits", "focus", "grid", "grid_trials")


def image_sums(judgement: Judgement, maps: Floats, threshold: Floats) -> dict[str, Floats]:
    """Return what each image (N,) adds: counts at the threshold (D,) of each detection, columns of `maps` (N, 6)."""
    right, wrong = judgement.counts(judgement.by_iou, threshold)
    centred, astray = judgement.counts(judgement.by_centre, threshold)
    columns = {"iou_right": right, "iou_wrong": wrong, "center_right": centred, "center_wrong": astray}
    columns |= {"wanted": judgement.wanted, **dict(zip(MAP_COLUMNS, maps.T, strict=True))}
    return {name: np.asarray(values, dtype=np.float64) for name, values in columns.items()}


def shares(sums: Mapping[str, Floats]) -> dict[str, Floats]:
    """Return the metrics (S,) of summed columns (S,); NaN where there is nothing to measure."""
    wanted, trials = sums["wanted"], sums["pointing_trials"]
    values: dict[str, Floats] = {}
    for kind, name in (("iou", "iou50"), ("center", "center")):
        parts = rates(sums[f"{kind}_right"], sums[f"{kind}_wrong"], wanted)
        values |= {f"{part}_{name}": value for part, value in parts.items()}
    return values | {
        "pointing": _share(sums["pointing_hits"], trials),
        "centre": _share(sums["centre_hits"], wanted),
        "focus": _share(sums["focus"], trials),
        "grid_pointing": _share(sums["grid"], sums["grid_trials"]),
    }


def _share(part: Floats, total: Floats) -> Floats:
    return np.where(total > 0, part / np.maximum(total, 1), np.nan)
