"""What a network reads and what its outputs are called, as its card says it."""

from collections.abc import Sequence
from dataclasses import dataclass

from fullconv.errors import InputError
from fullconv.imagenet.synsets import class_names
from fullconv.locate.channels import channels_of
from fullconv.locate.meaning import Named
from fullconv.models.pixels import AUTO, PLAIN, RANGES, Range


@dataclass(frozen=True)
class Meaning:
    """The name of each output, and the range of pixels: a key of `RANGES`; not `known`, it is a guess."""

    classes: tuple[str, ...]
    pixels: str
    known: bool = True

    @property
    def scale(self) -> Range:
        """What is done to pixels of 0..1."""
        return RANGES[self.pixels]


def of_the_pipeline(classes: Sequence[str], outputs: int, name: str) -> Meaning:
    """Return what a classifier of the pipeline, or a registered one, means.

    Raises:
        InputError: its outputs are not `classes`, nor those and a background.
    """
    return Meaning(tuple(channels_of(classes, outputs, name).names), PLAIN)


def of_a_network() -> Meaning:
    """Return what a network trained on ImageNet means, with what it does to its images first."""
    return Meaning(class_names(), PLAIN)


def of_a_file(named: Named | None, outputs: int, pixels: str) -> Meaning:
    """Return what a person's own classifier means: numbers where its classes have no names.

    One output speaks of the second of two classes.

    Raises:
        InputError: there are more outputs than names, or fewer.
    """
    known, pixels = pixels != AUTO, PLAIN if pixels == AUTO else pixels
    if named is None:
        return Meaning(tuple(f"class {index}" for index in range(outputs)), pixels, known)
    names = named.names[-1:] if outputs == 1 else named.names
    if outputs - len(names) not in (0, 1):
        received = f"{outputs} outputs for {len(names)} names of classes"
        raise InputError(named.source, received, "Give a name for each output; the background, the last, needs none.")
    return Meaning(tuple(channels_of(names, outputs, named.source).names), pixels, known)
