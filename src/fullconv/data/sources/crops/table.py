"""A CSV file of pictures and their classes: path, label, and perhaps split."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from fullconv.config.schema import DataConfig
from fullconv.data.sources.crops.places import OPEN, TEST, Listing, Place
from fullconv.data.sources.crops.splits import UNUSED, part_named, roles
from fullconv.errors import InputError

_PATHS = ("path", "file", "filename", "file_name", "filepath", "file_path", "image", "image_path", "img")
_LABELS = ("label", "class", "class_name", "category", "target", "name")
_SPLITS = ("split", "subset", "set", "part", "partition")
_MEND = "Give two columns, path,label, and if you like a third, split (train or test)."


def list_table(path: Path, config: DataConfig) -> Listing:
    """Return the rows of a CSV file, in its order; paths start from its folder.

    Raises:
        InputError: it is no text, lacks a column, or a split is none that is known.
    """
    rows = [(number, row) for number, row in enumerate(_rows(path), start=1) if any(cell.strip() for cell in row)]
    if not rows:
        raise InputError(str(path), "no rows", _MEND)
    head = [cell.strip().casefold() for cell in rows[0][1]]
    columns = _named(head)
    if columns is None and set(head) & {*_PATHS, *_LABELS} and not (path.parent / rows[0][1][0].strip()).exists():
        raise InputError(str(path), f"columns {', '.join(head)[:80]}", _MEND)
    body = rows if columns is None else rows[1:]
    first, second, third = columns or (0, 1, 2 if len(rows[0][1]) > 2 else None)
    cells = [(number, _cells(row, (first, second, third), f"{path}, line {number}")) for number, row in body]
    if not cells:
        raise InputError(str(path), "a header and nothing below it", _MEND)
    parts = {number: _part(cell[2], f"{path}, line {number}") for number, cell in cells}
    used = roles(part for part in parts.values() if part)
    places, nothing, unused = [], [], 0
    for number, (name, label, _) in cells:
        split = used.get(parts[number], OPEN)
        place = Place(path.parent / Path(name).expanduser(), name, label, split)
        if split == UNUSED:
            unused += 1
        elif label.casefold() != config.background.casefold():
            places.append(place)
        elif split != TEST:
            nothing.append(place)
    notes = (f"{unused} rows of test are left unseen, for fullconv evaluate",) if unused else ()
    named = tuple(sorted({one.label for one in places}))
    return Listing(tuple(places), tuple(nothing), named=named, left_out=notes)


def _rows(path: Path) -> list[list[str]]:
    try:
        raw = path.read_bytes()
        text = raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(str(path), f"no text in UTF-8 (byte {error.start})", "Save it as CSV in UTF-8.") from error
    except OSError as error:
        raise InputError(str(path), f"cannot be read ({error.strerror})", "Mend its permissions.") from error
    if "\0" in text:
        raise InputError(str(path), "no text", "Save the table as CSV; a spreadsheet's own file does not serve.")
    first = next((line for line in text.splitlines() if line.strip()), "")
    mark = max((",", ";", "\t"), key=first.count)
    try:
        return list(csv.reader(io.StringIO(text), delimiter=mark, skipinitialspace=True))
    except csv.Error as error:
        raise InputError(str(path), f"no CSV ({error})", _MEND) from error


def _named(head: Sequence[str]) -> tuple[int, int, int | None] | None:
    """Return which columns a header names; None where it is none."""
    found = [next((head.index(name) for name in names if name in head), None) for names in (_PATHS, _LABELS, _SPLITS)]
    return None if found[0] is None or found[1] is None else (found[0], found[1], found[2])


def _cells(row: Sequence[str], columns: tuple[int, int, int | None], where: str) -> tuple[str, str, str]:
    first, second, third = columns
    if len(row) <= max(first, second) or not row[first].strip() or not row[second].strip():
        raise InputError(where, f"received {','.join(row)[:80]!r}", _MEND)
    split = row[third].strip() if third is not None and third < len(row) else ""
    return row[first].strip(), row[second].strip(), split


def _part(word: str, where: str) -> str:
    part = part_named(word) if word else ""
    if part is None:
        raise InputError(where, f"a split {word[:40]!r}", "Give train, val or test; or leave the column out.")
    return part
