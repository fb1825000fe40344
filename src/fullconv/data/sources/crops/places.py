"""What is to be cut out of which picture: one list, whoever wrote it down."""

from dataclasses import dataclass
from pathlib import Path

TRAIN, TEST, OPEN = "train", "test", ""  # open: neither, until the seed decides

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Place:
    """A labelled object: a whole picture, or a box `(x, y, w, h)` in pixels of an upright one."""

    path: Path
    name: str  # of the picture, as messages and records have it
    label: str
    split: str = OPEN
    box: Box | None = None
    id: str = ""  # of the annotation
    stated: tuple[int, int] | None = None  # the picture's height and width where its annotations tell


@dataclass(frozen=True)
class Listing:
    """Every place of a source, in its order, before a pixel is read; `nothing` are pictures that hold no object."""

    places: tuple[Place, ...]
    nothing: tuple[Place, ...] = ()
    by_picture: bool = False  # whether all places of a picture are of one split
    named: tuple[str, ...] = ()  # the classes that the source names, objects or not
    left_out: tuple[str, ...] = ()  # what a person is told
    broken: tuple[tuple[str, str], ...] = ()  # files that could not even be listed, and why


def listed(names: list[str], most: int = 3) -> str:
    """Return the first few of some names, and how many more there are."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(map(shown, names[:most])) + more


def shown(name: str) -> str:
    """Return a file's name as a terminal can print it: what is no text stands as question marks."""
    text = name.encode("utf-8", "replace").decode()
    return text if len(text) <= 60 else f"…{text[-59:]}"
