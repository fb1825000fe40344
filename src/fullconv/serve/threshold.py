"""The score that a page begins with, and why."""

from typing import NamedTuple

from fullconv.config.choice import Kind, searched_with
from fullconv.config.schema import ExperimentConfig
from fullconv.errors import InputError
from fullconv.locate.finder import PEAKS, Finder
from fullconv.track.finders import threshold_of

KEY = "locate.threshold"
_EVEN = 0.5  # where none is known: as likely as not


class Threshold(NamedTuple):
    """A score from which a detection counts, and why that one."""

    score: float
    reason: str


def starting_threshold(settings: ExperimentConfig, finder: Finder) -> Threshold:
    """Return the threshold that `fullconv locate` draws by; where it has none, one in the middle.

    Raises:
        InputError: the pipeline's own is missing.
    """
    kind = searched_with(settings).kind
    try:
        score = threshold_of(settings, finder)
    except InputError as error:
        if error.where != KEY or kind is Kind.PIPELINE:
            raise
        return Threshold(_EVEN, "none is known for this network: move it to where it fits your pictures")
    if settings.locate.threshold is not None:
        return Threshold(score, f"given as {KEY}")
    if kind in (Kind.PIPELINE, Kind.REGISTERED) and finder.sprites:
        return Threshold(score, "the best F1 on validation scenes")
    if finder.read != PEAKS and score == finder.config.floor:
        return Threshold(score, "locate.floor: a box's score is the classifier's own")
    return Threshold(score, "likelier than all other classes together")
