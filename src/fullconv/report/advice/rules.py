"""All rules of advice, and what they say of a finder."""

from collections.abc import Callable, Iterator, Sequence

from fullconv.report.advice.classes import confused, few_crops
from fullconv.report.advice.evidence import Advice, Evidence
from fullconv.report.advice.pictures import alarms, scenes
from fullconv.report.advice.sizes import none_right, other_sizes, sizes_off
from fullconv.report.advice.threshold import calibration, counts, threshold, touching
from fullconv.report.advice.training import training

NOTHING = "Nothing stands out."
RULES: tuple[Callable[[Evidence], Iterator[Advice]], ...] = (
    none_right,
    alarms,
    sizes_off,
    other_sizes,
    confused,
    few_crops,
    touching,
    threshold,
    counts,
    training,
    scenes,
    calibration,
)


def advice(evidence: Evidence) -> list[Advice]:
    """Return what to do next, what matters most first; empty where nothing stands out."""
    said = [one for rule in RULES for one in rule(evidence)]
    return sorted(said, key=lambda one: -one.weight)


def in_words(said: Sequence[Advice]) -> list[str]:
    """Return advice as lines."""
    return [one.text for one in said] or [NOTHING]
