"""The measures that the page shows: what each is called and what it means to someone who has not met it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Measure:
    """A key of `evaluate.json`, its name on the page, and its meaning in a sentence."""

    key: str
    label: str
    meaning: str
    lower_is_better: bool = False
    unit: str = ""


MEASURES = (
    Measure(
        "AP50", "AP50", "average precision over all recalls, a box being right from an overlap (IoU) of .50; best 1."
    ),
    Measure("AP", "AP", "average precision, mean over overlaps (IoU) of .50 to .95: rewards boxes that fit exactly."),
    Measure("AP75", "AP75", "average precision, a box being right from an overlap (IoU) of .75."),
    Measure("AR", "AR", "the share of objects found at any score, mean over overlaps (IoU) of .50 to .95."),
    Measure(
        "F1_center",
        "F1, centre",
        "precision and recall in one number at the validation threshold; right: centre in the object's box, and class.",
    ),
    Measure(
        "F1_iou50",
        "F1, IoU .50",
        "the same, a detection being right from an overlap (IoU) of .50 and of the right class.",
    ),
    Measure(
        "pointing", "pointing", "the share of (image, class) pairs whose highest cell lies on an object of the class."
    ),
    Measure("centre", "centre", "the share of objects whose centre cell names their class."),
    Measure("ECE", "calibration error", "how far scores are from being probabilities, on average; best 0.", True),
    Measure(
        "localization_error",
        "centre distance",
        "median distance in pixels between the centres of a right detection and its object.",
        True,
        " px",
    ),
)

WORDS: Mapping[str, str] = {
    "detection": "a box with a class and a score, read off a peak of the score map.",
    "IoU": "intersection over union: the area that two boxes share, over the area that they cover together.",
    "precision": "the share of detections that are right.",
    "recall": "the share of objects that are found.",
    "threshold": "the score from which a detection counts for precision, recall and F1; chosen on validation scenes.",
    "95 % interval": "where the number would lie in 95 of 100 draws of as many images from this set, with repetition.",
}


def measure_of(key: str) -> Measure:
    """Return the measure of a key; one that has no text of its own is shown by its key."""
    return next((one for one in MEASURES if one.key == key), Measure(key, key, "see the definitions."))
