"""Where a finder may be written, and what its training keeps there meanwhile."""

import os
from contextlib import suppress
from pathlib import Path

from fullconv.config.folders import is_finder
from fullconv.errors import InputError
from fullconv.train.checkpoint import FOUND

_LEFT = ("*.npz", "*.lock", FOUND)  # of trainings


def check_place(folder: Path) -> None:
    """Check that a finder may be written to a folder: there is none, or it is empty, or a finder from before.

    Raises:
        InputError: it holds something else, the program runs in it, or nothing can be written there.
    """
    mend = "Give out=DIR, a folder of its own."
    if Path.cwd().is_relative_to(folder.resolve()):
        raise InputError("out", f"{folder} is the folder that this runs in, or above it", mend)
    if folder.exists() and not folder.is_dir():
        raise InputError("out", f"{folder} is a file", mend)
    if folder.is_dir() and any(folder.iterdir()) and not is_finder(folder):
        raise InputError("out", f"{folder} holds other files than a finder's", mend)
    above = next(path for path in folder.resolve().parents if path.exists())
    if not above.is_dir() or not os.access(above, os.W_OK):
        raise InputError(
            "out", f"{above} is no folder that can be written", "Choose another place, or make it writable."
        )


def unfinished(folder: Path) -> Path:
    """Return the folder beside a finder's in which its training is kept while it runs."""
    return folder.with_name(f"{folder.name}.part")


def forget(part: Path) -> None:
    """Remove what a training that has left its finder kept; whatever else lies there stays."""
    for path in [path for pattern in _LEFT for path in part.glob(pattern)]:
        path.unlink()
    with suppress(OSError):  # it is not there, or something else lies there
        part.rmdir()
