"""Which Keras wrote a file."""

import re
from typing import NamedTuple


class Version(NamedTuple):
    """A version of Keras; `text` as the file has it, empty where it says nothing."""

    major: int
    minor: int
    text: str

    @property
    def modern(self) -> bool:
        """Whether it writes layers as Keras 3 reads them; keras_core, whose versions began with 0, did too."""
        return self.major == 0 or self.major >= 3

    @property
    def newer(self) -> bool:
        """Whether it is newer than the one installed."""
        import keras

        here = version_of(keras.__version__)
        return (self.major, self.minor) > (here.major, here.minor)

    def __str__(self) -> str:
        """Return how a message names it."""
        return self.text or "1"


def version_of(text: str | None) -> Version:
    """Return the version that a file names; Keras 1 wrote none in its first years."""
    numbers = re.match(r"(\d{1,3})\.(\d{1,3})", text or "")
    if numbers is None:
        return Version(1, 0, "")
    kept = re.match(r"[\w.+-]{1,20}", text or "")
    return Version(int(numbers[1]), int(numbers[2]), kept[0] if kept else "")
