"""What the outputs of a finder's network are called, and what it reads: known before anything heavy is loaded."""

from pathlib import Path
from typing import Any

from fullconv.config.folders import FINDER
from fullconv.errors import InputError
from fullconv.files import read_json

FORMAT = 1  # of the folder: a greater number is of a fullconv to come
MEND = "Copy the whole folder again, or write it anew with fullconv train … out=DIR."


def entry_of(folder: Path) -> dict[str, Any]:
    """Return what finder.json holds, once its format is one that is known.

    Raises:
        InputError: it is missing, damaged, or of a newer format.
    """
    where = folder / FINDER
    try:
        entry = read_json(where)
    except InputError as error:  # what reads one file alone cannot know that it belongs to a folder
        raise InputError(error.where, error.received, MEND) from error
    number = entry.get("format") if isinstance(entry, dict) else None
    if not isinstance(number, int) or number < 1:
        raise InputError(str(where), f"received {number!r} as its format", MEND)
    if number > FORMAT:
        received = f"format {number}, of a newer fullconv; this one knows {FORMAT}"
        raise InputError(str(where), received, "Install that fullconv, or train the finder anew with this one.")
    assert isinstance(entry, dict)
    return entry


def said_by(folder: Path) -> tuple[tuple[str, ...], str]:
    """Return the names of a finder's outputs, its background's last, and the range of pixels that it reads.

    Raises:
        InputError: finder.json is missing, damaged, or of a newer format.
    """
    entry = entry_of(folder)
    try:
        background = [] if entry["background"] is None else [entry["background"]]
        return tuple(map(str, [*entry["classes"], *background])), str(entry["pixels"])
    except (KeyError, TypeError) as error:
        raise InputError(str(folder / FINDER), f"damaged: no {error}", MEND) from error
