"""What a sweep may look for: a metric of a set of mosaics, known before the first job trains."""

from collections.abc import Container, Iterable

from fullconv.config.checks.requirement import require

# What `evaluate` measures on each set (docs/metrics.md); a test compares the two.
METRICS = (
    *("AP", "AP50", "AP75", "AP_large", "AP_medium", "AP_small", "AR", "ECE", "F1_center", "F1_iou50", "centre"),
    *("count_error", "detections", "focus", "grid_pointing", "images", "localization_error", "localization_error_mean"),
    *("localization_error_relative", "max_box_acc_v2", "objects", "pointing", "precision_center", "precision_iou50"),
    *("px_ap", "recall_center", "recall_iou50", "threshold"),
)


def check_objective(objective: str, sets: Iterable[str]) -> None:
    """Check that an objective is `<set of mosaics>.<metric>`.

    Raises:
        InputError: no such set, or no such metric.
    """
    scenes, _, metric = objective.partition(".")
    known: Container[str] = tuple(sets)
    require(scenes in known, "objective", objective, f"Give SET.METRIC, SET one of {', '.join(sets)}.")
    require(metric in METRICS, "objective", objective, f"Give {scenes}.METRIC, METRIC one of {', '.join(METRICS)}.")
