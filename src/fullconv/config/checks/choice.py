"""Checks of the classifier that a program works on."""

from fullconv.config.checks.requirement import require
from fullconv.config.choice import choice_of
from fullconv.config.schema import ExperimentConfig

PIXELS = ("auto", "0..1", "0..255", "-1..1", "imagenet", "caffe")


def check_choice(settings: ExperimentConfig) -> None:
    """Check what types cannot.

    Raises:
        InputError: it is nothing that there is, what a file reads is no range, or its classes are no names.
    """
    choice_of(settings)
    given = settings.classifier
    require(given.pixels in PIXELS, "classifier.pixels", given.pixels, f"Choose one of {', '.join(PIXELS)}.")
    classes, mend = given.classes, "Give [NAME, …], a name for each output, or a file that holds them."
    require(isinstance(classes, str | list) and classes != "", "classifier.classes", classes, mend)
    require(
        isinstance(classes, str) or all(isinstance(one, str) for one in classes), "classifier.classes", classes, mend
    )
    twice = [] if isinstance(classes, str) else [one for one in classes if classes.count(one) > 1]
    require(not twice, "classifier.classes", twice[:1], "Name each class once.")
    require(given.background != "", "classifier.background", "''", "Give a class, none, or auto.")
