"""What advice is drawn from, and what it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fullconv.evaluate.metrics.classwise import SetFigures

WELL = 0.8  # AP50, or recall, from which a class needs no help
LEAST = 3  # objects or detections that make a sentence


@dataclass(frozen=True)
class Evidence:
    """What is known of a finder; -1 and empty where something is not.

    `figures` are those of a set with known boxes, best validation's; `crops` counts labelled images by class,
    `sizes` are the least, usual and greatest side (√(height·width)) in pixels met in training; `scenes` and `nothing`
    count pictures without labels and without objects; `falling` is by which share the loss fell in the last quarter
    of the training.
    """

    figures: SetFigures | None = None
    crops: Mapping[str, int] = field(default_factory=dict)
    sizes: Mapping[str, Sequence[float]] = field(default_factory=dict)
    scenes: int = -1
    nothing: int = -1
    margin: float = -1.0
    accuracy: float = -1.0  # of training windows
    val_accuracy: float = -1.0
    falling: float = -1.0


UNKNOWN = Evidence()


@dataclass(frozen=True)
class Advice:
    """A sentence or two, the knob that it is about, and what share of the objects or detections it is about."""

    text: str
    knob: str
    weight: float


def mean_precision(figures: SetFigures | None) -> float:
    """Return the mean AP50 of all classes with objects, -1 without one."""
    if figures is None:
        return -1.0
    known = [one.AP50 for one in figures.classes if one.AP50 >= 0]
    return sum(known) / len(known) if known else -1.0
