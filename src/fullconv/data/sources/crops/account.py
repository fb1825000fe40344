"""What was read and what was left out, for people and on record."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fullconv.data.sources.crops.places import Place
from fullconv.files import whole_file

COLUMNS = ("class", "train", "test", "median size")


@dataclass(frozen=True)
class Account:
    """Of a reading: rows of a table by class, what is told, and the places in the arrays' order with their split."""

    rows: tuple[tuple[str, str, str, str], ...]
    told: tuple[str, ...]
    places: tuple[tuple[Place, str], ...]


def write_places(path: Path, places: Sequence[tuple[Place, str]]) -> None:
    """Write which places of which pictures serve as crops: boxes in pixels of upright pictures.

    Raises:
        InputError: the folder cannot be written.
    """
    with whole_file(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream, lineterminator="\n")
        table.writerow(("image", "id", "class", "x", "y", "w", "h", "split"))
        for one, split in places:
            box = one.box or (0.0, 0.0, 0.0, 0.0)
            name = one.name.encode("utf-8", "replace").decode()
            table.writerow((name, one.id, one.label, *(f"{value:.10g}" for value in box), split))
