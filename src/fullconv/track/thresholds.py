"""From which score a detection counts: as a person or the pipeline says, else as each picture's own scores do."""

from fullconv.config.choice import Kind, searched_with
from fullconv.config.layout import report_file
from fullconv.config.schema import ExperimentConfig
from fullconv.errors import InputError
from fullconv.files import read_json
from fullconv.locate.finder import Finder
from fullconv.locate.regions.reader import MANY
from fullconv.locate.threshold import LIKELIER, Threshold

_MEND = "Give locate.threshold=PROBABILITY, such as 0.5"


def threshold_of(settings: ExperimentConfig, finder: Finder) -> Threshold | None:
    """Return the score from which a detection counts: the knob, else what the training chose on validation scenes.

    A finder's training chose one for each class. None for what is neither of these: `fullconv.locate.threshold` finds
    it in each picture's scores.

    Raises:
        InputError: the pipeline did not choose yet.
    """
    if finder.config.threshold is not None:
        return Threshold(finder.config.threshold, "locate.threshold")
    if finder.thresholds:
        return Threshold(min(finder.thresholds), "as its finder's training chose, for each class", finder.thresholds)
    choice = searched_with(settings)
    if choice.kind is not Kind.PIPELINE:
        return None
    path = report_file(choice.word, "threshold.json")
    if not path.is_file():
        raise InputError(
            "locate.threshold", f"null, and {path} is not there", f"Run dvc repro, which chooses it. {_MEND}."
        )
    return Threshold(float(read_json(path)["threshold"]), "the best F1 on validation scenes")


def common_threshold(settings: ExperimentConfig, finder: Finder) -> Threshold:
    """Return the score from which a detection counts in all pictures of a data set.

    Where `threshold_of` has none: one half where several things are looked for, else `locate.floor`.

    Raises:
        InputError: as `threshold_of`.
    """
    given = threshold_of(settings, finder)
    if given is not None:
        return given
    several = 1 < len(finder.sought) <= MANY
    if several:
        return Threshold(LIKELIER, "likelier than all others together")
    return Threshold(finder.config.floor, "locate.floor")
