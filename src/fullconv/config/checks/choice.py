"""Checks of the classifier that a program works on."""

from fullconv.config.checks.requirement import require
from fullconv.config.choice import choice_of
from fullconv.config.schema import ExperimentConfig

PIXELS = ("0..1", "0..255", "-1..1")


def check_choice(settings: ExperimentConfig) -> None:
    """Check what types cannot.

    Raises:
        InputError: it is nothing that there is, or what a file reads is no range.
    """
    choice_of(settings)
    pixels = settings.classifier.pixels
    require(pixels in PIXELS, "classifier.pixels", pixels, f"Choose one of {', '.join(PIXELS)}.")
