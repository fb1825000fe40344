"""Names of classes in the files that people keep beside a classifier."""

import csv
import json
import logging
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from fullconv.errors import InputError

log = logging.getLogger(__name__)

# What they are called beside a classifier, in this order.
BESIDE = (
    "meaning.json",
    "labels.txt", "class_names.txt", "classes.txt", "classnames.txt", "label.txt", "names.txt", "class_indices.json",
    "class_names.json", "labels.json", "label_map.json", "class_index.json", "classes.json", "metadata.json",
    "labels.csv", "class_names.csv", "classes.csv",
)  # fmt: skip
MOST = 1 << 20  # bytes of such a file
_KEYS = ("labels", "classes", "class_names", "names", "class_indices", "label_map", "categories", "wordLabels")
_COLUMNS = ("class_name", "classname", "name", "label", "class", "category", "description", "signname")
_NUMBERED = re.compile(r"\s*(\d+)(?:\s*[:,;=\t]\s*|\s+)(\S.*?)\s*")


def read_class_names(path: Path) -> list[str]:
    """Return the names of classes in a file, in the order of their numbers.

    It is text with a name on each line, numbered or not (`0 cat`); JSON with a list, a mapping of numbers to names or
    of names to numbers, alone or below a key such as `labels`; or CSV.

    Raises:
        InputError: the file is missing, or holds no names in any of these ways.
    """
    text = _text(path)
    names = _from_json(text) if path.suffix.lower() == ".json" else _from_table(text, path.suffix.lower())
    if not names:
        mend = 'Give a name on each line, or JSON: a list, or names to numbers such as {"cat": 0, "dog": 1}.'
        raise InputError(str(path), "no names of classes that can be understood", mend)
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(str(path), f"names {twice!r} more than once", "Name each class once.")
    return names


def class_names_beside(model: Path) -> tuple[Path, list[str]] | None:
    """Return the first file of names that lies beside a classifier, or in its folder, and what it holds."""
    folders = [model, model.parent] if model.is_dir() else [model.parent]
    for folder in folders:
        own = [folder / f"{model.stem}{end}" for end in ("_labels.txt", ".labels.txt", "_classes.txt")]
        for path in [*own, *(folder / name for name in BESIDE)]:
            if path.is_file():
                try:
                    return path, read_class_names(path)
                except InputError as error:  # something else of that name, or a list with a slip in it
                    log.warning("%s: no names of classes are taken from it: %s", path, error.received)
    return None


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MOST:
            raise InputError(str(path), "larger than a list of names is", "Give a file of at most 1 MiB.")
        held = path.read_bytes()
        return held.decode("utf-16" if held.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8-sig")
    except OSError as error:
        raise InputError(str(path), f"cannot be read ({error.strerror})", "Give a file of class names.") from error
    except UnicodeError as error:
        raise InputError(str(path), "no text in UTF-8", "Save it as UTF-8.") from error


def _from_json(text: str) -> list[str]:
    try:
        return _from_value(json.loads(text))
    except (ValueError, RecursionError):
        return []


def _from_value(value: Any) -> list[str]:
    if isinstance(value, list):
        return _from_list(value)
    if not isinstance(value, dict) or not value:
        return []
    for key in _KEYS:
        if isinstance(value.get(key), list | dict):
            return _from_value(value[key])
    if all(_is_number(one) for one in value.values()):
        return _in_order({int(number): str(name) for name, number in value.items()}, len(value))
    if all(str(key).isdigit() for key in value):
        named = {int(key): _name(one) for key, one in value.items()}
        return [] if None in named.values() else _in_order(named, len(value))
    return []


def _from_list(value: list[Any]) -> list[str]:
    if value and all(isinstance(one, dict) for one in value):
        numbers = [one.get("id", one.get("index", place)) for place, one in enumerate(value)]
        if not all(map(_is_number, numbers)):
            return []
        value = [_name(one) for _, one in sorted(zip(map(int, numbers), value, strict=True), key=lambda pair: pair[0])]
    return [str(one) for one in value] if all(isinstance(one, str) and one.strip() for one in value) else []


def _name(value: Any) -> Any:
    """Return the name in what stands for one class: `cat`, `["n02123045", "tabby"]`, `{"name": "cat"}`."""
    if isinstance(value, dict):
        return next((value[key] for key in _COLUMNS if isinstance(value.get(key), str)), None)
    if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        return value[-1]
    return value if isinstance(value, str) else None


def _is_number(value: Any) -> bool:
    return not isinstance(value, bool) and (isinstance(value, int) or (isinstance(value, str) and value.isdigit()))


def _in_order(named: Mapping[int, Any], count: int) -> list[str]:
    """Return names by their numbers, which run from 0 or from 1 without a gap."""
    numbers = sorted(named)
    complete = len(numbers) == count and numbers in (list(range(count)), list(range(1, count + 1)))
    return [str(named[number]) for number in numbers] if complete else []


def _from_table(text: str, suffix: str) -> list[str]:
    lines = [line for line in text.splitlines() if line.strip()]
    if suffix in (".csv", ".tsv"):
        return _from_rows(list(csv.reader(lines, delimiter="\t" if suffix == ".tsv" else ",")))
    found = [_NUMBERED.fullmatch(line) for line in lines]
    numbered = [(int(one[1]), one[2]) for one in found if one is not None]
    if len(numbered) == len(lines):
        return _in_order(dict(numbered), len(lines)) or [line.strip() for line in lines]
    return [line.strip() for line in lines]


def _from_rows(rows: Sequence[Sequence[str]]) -> list[str]:
    cells = [[cell.strip() for cell in row if cell.strip()] for row in rows]
    if not cells:
        return []
    header = [cell.lower().replace(" ", "_") for cell in cells[0]]
    headed = any(name in _COLUMNS for name in header) and not any(cell.isdigit() for cell in cells[0])
    body = cells[1:] if headed else cells
    if len(body) == 1 and not headed and len(body[0]) > 1:
        return body[0]
    if not body or any(len(row) != len(body[0]) for row in body):
        return []
    columns = list(zip(*body, strict=True))
    texts = [place for place, column in enumerate(columns) if not all(cell.isdigit() for cell in column)]
    known = [place for place in texts if headed and place < len(header) and header[place] in _COLUMNS]
    if not texts:
        return list(columns[0]) if len(columns) == 1 else []
    names = columns[(known or texts)[0]]
    for place, column in enumerate(columns):
        if place not in texts:
            return _in_order({int(number): name for number, name in zip(column, names, strict=True)}, len(names))
    return list(names)
