"""What a network reads and what its outputs are called, as its card says it."""

from collections.abc import Sequence
from dataclasses import dataclass

from fullconv.imagenet.synsets import class_names
from fullconv.locate.channels import channels_of
from fullconv.locate.finder import RANGES


@dataclass(frozen=True)
class Meaning:
    """The name of each output, and the range of pixels: a key of `RANGES`."""

    classes: tuple[str, ...]
    pixels: str

    @property
    def scale(self) -> tuple[float, float]:
        """What pixels of 0..1 are multiplied by, and what is added then."""
        return RANGES[self.pixels]


def of_the_pipeline(classes: Sequence[str], outputs: int, name: str) -> Meaning:
    """Return what a classifier of the pipeline, or a registered one, means.

    Raises:
        InputError: its outputs are not `classes`, nor those and a background.
    """
    return Meaning(tuple(channels_of(classes, outputs, name).names), "0..1")


def of_a_network() -> Meaning:
    """Return what a network trained on ImageNet means, with what it does to its images first."""
    return Meaning(class_names(), "0..1")


def of_a_file(classes: Sequence[str], outputs: int, pixels: str) -> Meaning:
    """Return what a person's own classifier means: `classes` as they gave them, numbers where they gave none.

    Raises:
        InputError: there are more outputs, or fewer.
    """
    if not classes:
        return Meaning(tuple(f"class {index}" for index in range(outputs)), pixels)
    return Meaning(tuple(channels_of(classes, outputs, "classifier.classes").names), pixels)
