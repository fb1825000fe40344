"""What the channels of a score map mean."""

from collections.abc import Sequence
from dataclasses import dataclass

from fullconv.errors import InputError


@dataclass(frozen=True)
class Channels:
    """The object classes of a score map's channels, then the background if there is one."""

    classes: tuple[str, ...]
    has_background: bool

    @property
    def background(self) -> int | None:
        """The background's channel."""
        return len(self.classes) if self.has_background else None

    @property
    def names(self) -> list[str]:
        """The name of every channel."""
        return [*self.classes, "background"] if self.has_background else list(self.classes)


def channels_of(classes: Sequence[str], outputs: int, where: str) -> Channels:
    """Return the channels of a classifier of so many outputs: one a class, and perhaps one for the background.

    Raises:
        InputError: neither one output a class, nor one more.
    """
    if outputs - len(classes) not in (0, 1):
        received = f"{outputs} outputs for {len(classes)} names of classes"
        mend = "Give a name for each output (data.classes=[…] of the pipeline); the background needs none."
        raise InputError(where, received, mend)
    return Channels(tuple(classes), outputs > len(classes))
