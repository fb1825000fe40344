"""A set in YOLO's form: a text file beside each picture, a line an object, in shares of the picture's sides."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from fullconv.data.pictures.orientation import frame_of
from fullconv.data.sources.crops.album import Album
from fullconv.data.sources.crops.places import listed
from fullconv.data.sources.crops.sheet import Sheet, Sheets, checked, part_of, unpaired
from fullconv.errors import InputError

_NAME_FILES = ("classes.txt", "obj.names", "names.txt", "labels.txt")
_NO_LABELS = (*_NAME_FILES, "train.txt", "val.txt", "valid.txt", "test.txt", "requirements.txt", "notes.txt")
_BEYOND = 0.02  # of a side: what rounding and careless tools leave outside


def label_files(files: Sequence[Path], at: Path, album: Album) -> list[Path]:
    """Return which text files hold labels: those in a folder called labels, or else those beside a picture."""
    texts = [
        one
        for one in files
        if one.suffix.lower() == ".txt"
        and one.name.lower() not in _NO_LABELS
        and not one.stem.lower().startswith(("readme", "license"))
    ]
    below = [
        one for one in texts if any(part.lower() == "labels" for part in (at.name, *one.relative_to(at).parts[:-1]))
    ]
    pictures = {one.with_suffix("") for one in album.pictures}
    return below or [one for one in texts if one.with_suffix("") in pictures]


def yolo_sheets(labels: Sequence[Path], files: Sequence[Path], album: Album, given: Sequence[str]) -> Sheets:
    """Return the labels as sheets, one a part; `given` names the classes where no file does.

    Raises:
        InputError: nothing names the classes, an id is beyond the names, or labels have no pictures at all.
    """
    names = _names(files) or list(given)
    if not names:
        mend = "Put a classes.txt there, a name a line in the order of their ids, or give data.classes=[…]."
        raise InputError("data.path", f"YOLO labels in {album.root}, and no data.yaml or classes.txt", mend)
    by_part: dict[str | None, list[tuple[Path, Path]]] = {}
    orphans, broken = [], []
    for file in labels:
        picture = album.of_stem(file)
        if picture is None:
            orphans.append(file.name)
        else:
            by_part.setdefault(part_of(album.inside(file), by_stem=False), []).append((file, picture))
    if not by_part:
        received = f"{len(orphans)} label files, none with a picture of its name ({listed(orphans)})"
        raise InputError("data.path", received, "Put the pictures there, or give data.path=DIR that holds both.")
    seen = {picture for pairs in by_part.values() for _, picture in pairs}
    bare = [one.name for one in album.pictures if one not in seen]
    sheets = []
    for part, pairs in by_part.items():
        content, bad = _content(pairs, names, album)
        broken += bad
        paths = {one["file_name"]: album.root / one["file_name"] for one in content["images"]}
        sheets.append(Sheet(part, checked(content, "YOLO labels", paths.__getitem__), paths.__getitem__))
    return Sheets("YOLO", tuple(sheets), tuple(unpaired(orphans, bare)), tuple(broken))


def _names(files: Sequence[Path]) -> list[str]:
    for file in (one for one in files if one.suffix.lower() in (".yaml", ".yml")):
        try:
            content = yaml.safe_load(file.read_text("utf-8-sig"))
        except (OSError, ValueError, yaml.YAMLError):
            continue
        names = content.get("names") if isinstance(content, dict) else None
        if isinstance(names, dict) and all(isinstance(key, int) for key in names):
            return [str(names.get(number, number)) for number in range(max(names) + 1)]
        if isinstance(names, list) and names:
            return [str(one) for one in names]
    for file in (one for one in files if one.name.lower() in _NAME_FILES or one.suffix.lower() == ".names"):
        lines = file.read_text("utf-8-sig", errors="replace").splitlines()
        names = [line.strip() for line in lines if line.strip()]
        if names:
            return names
    return []


def _content(
    pairs: Sequence[tuple[Path, Path]], names: Sequence[str], album: Album
) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    broken = []
    for number, (file, picture) in enumerate(pairs, start=1):
        frame = frame_of(picture)
        height, width = (1, 1) if frame is None else frame.upright  # unreadable: who reads its pixels says so
        try:
            objects = list(_objects(file, names))
        except InputError:
            raise
        except ValueError as error:
            broken.append((album.inside(file).as_posix(), str(error)))
            continue
        name = picture.relative_to(album.root).as_posix()
        images.append({"id": number, "file_name": name, "height": height, "width": width})
        for index, (x, y, w, h) in objects:
            box = [x * width, y * height, w * width, h * height]
            annotations.append({"image_id": number, "category_id": index + 1, "bbox": box})
    categories = [{"id": index + 1, "name": name} for index, name in enumerate(names)]
    return {"images": images, "annotations": annotations, "categories": categories}, broken


def _objects(file: Path, names: Sequence[str]) -> list[tuple[int, tuple[float, float, float, float]]]:
    """Return class index and box, in shares of the picture, of each line of a label file.

    Raises:
        ValueError: a line is none.
        InputError: an id is beyond the names.
    """
    found = []
    for number, line in enumerate(file.read_text("utf-8-sig").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            index, *values = (float(cell) for cell in line.replace(",", " ").split())
        except ValueError as error:
            raise ValueError(f"line {number}: {line[:40]!r} where numbers belong") from error
        if not (0 <= index < math.inf and index == int(index)) or len(values) < 4:
            raise ValueError(f"line {number}: {line[:40]!r}, not class x y width height")
        if index >= len(names):
            received = f"class {int(index)}, and {len(names)} names ({', '.join(names)[:80]})"
            raise InputError(f"{file}, line {number}", received, "Name every class in data.yaml or classes.txt.")
        found.append((int(index), _box(values, number)))
    return found


def _box(values: list[float], number: int) -> tuple[float, float, float, float]:
    if len(values) <= 5:  # a fifth is a score
        x, y, w, h = values[:4]
        left, top, right, bottom = x - w / 2, y - h / 2, x + w / 2, y + h / 2
    else:
        columns, rows = values[: len(values) // 2 * 2 : 2], values[1::2]
        left, top, right, bottom = min(columns), min(rows), max(columns), max(rows)
    if not (min(left, top) >= -_BEYOND and max(right, bottom) <= 1 + _BEYOND and right >= left and bottom >= top):
        raise ValueError(f"line {number}: values beyond 0..1; YOLO's are shares of the picture's sides")
    left, top, right, bottom = (min(max(one, 0.0), 1.0) for one in (left, top, right, bottom))
    return left, top, right - left, bottom - top
