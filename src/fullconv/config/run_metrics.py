"""Which of a set's metrics a run on the dashboard shows; the others are in its report."""

CHOICE = ("validation", "test")  # sets by which a classifier is chosen and judged
_OF_THESE = ("AP50", "AP", "pointing", "centre", "F1_center", "F1_iou50")
_OF_OTHERS = ("AP50",)


def shown_of(name: str) -> tuple[str, ...]:
    """Return the metrics that a run shows of a set of mosaics, the most asked for first."""
    return _OF_THESE if name in CHOICE else _OF_OTHERS
