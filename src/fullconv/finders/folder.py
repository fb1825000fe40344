"""A finder as a folder: written whole or not at all, read whole or refused; it may be moved, copied and zipped."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from fullconv.config.folders import BOXES, CLASSIFIER, CONVERSION, FINDER
from fullconv.convert.conversion import Conversion
from fullconv.convert.storage import load_conversion, save_conversion
from fullconv.errors import InputError
from fullconv.files import whole_folder, write_json
from fullconv.finders.card import card_of, kept_by
from fullconv.finders.made import Kept, Made
from fullconv.finders.outputs import MEND, entry_of
from fullconv.finders.place import check_place
from fullconv.models.boxes import read_boxes, write_boxes
from fullconv.models.storage import save_model
from fullconv.train.history import write_history

_NUMBERS = tuple("0123456789")


def write_finder(
    folder: Path, made: Made, facts: Mapping[str, Any], beside: Callable[[Path], object] = lambda part: None
) -> None:
    """Write a finder, `facts` being what it learnt from; one that is there from before is replaced.

    What else belongs there `beside` writes, once all files of the finder are in a folder that is not yet in place.

    All but seconds.json has the same bytes for the same training.

    Raises:
        InputError: the folder is no finder's, or cannot be written.
    """
    check_place(folder)
    with whole_folder(folder) as part:
        save_model(made.classifier, part / CLASSIFIER)
        save_conversion(made.conversion, part / CONVERSION)
        write_json(part / "certificate.json", made.certificate)
        write_history(part / "history.csv", made.history)
        write_json(part / "train.json", dict(made.metrics))
        write_json(part / "validation.json", dict(made.validation))
        write_json(part / "seconds.json", {step: round(taken, 1) for step, taken in made.seconds.items()})
        write_boxes(part / BOXES, made.boxes)
        (part / "labels.txt").write_text("".join(_lines(made.channels.names)), encoding="utf-8")
        write_json(part / FINDER, card_of(made, facts))
        beside(part)


def read_finder(folder: Path) -> Kept:
    """Return what a finder searches with.

    Raises:
        InputError: a file is missing or damaged, or of a newer version of the format.
    """
    entry = entry_of(folder)
    kept = kept_by(entry, str(folder / FINDER), lambda: _conversion(folder / CONVERSION))
    # Finders of the first days name no such file, and their boxes have one shape a class.
    return replace(kept, boxes=read_boxes(folder / BOXES, kept.conversion.model, MEND)) if entry.get("boxes") else kept


def _conversion(path: Path) -> Conversion:
    try:
        return load_conversion(path)
    except InputError as error:  # what reads one file alone cannot know that it belongs to a folder
        raise InputError(error.where, error.received, MEND) from error


def _lines(names: list[str]) -> list[str]:
    """Return a name a line, as the other programs know labels.txt; numbered where a name begins with a number."""
    numbered = any(name.startswith(_NUMBERS) for name in names)
    return [f"{number} {name}\n" if numbered else f"{name}\n" for number, name in enumerate(names)]
