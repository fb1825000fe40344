"""A set in COCO's own form: one JSON, or one a part."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from fullconv.data.sources.crops.album import Album
from fullconv.data.sources.crops.sheet import Sheet, Sheets, checked, part_of
from fullconv.errors import InputError
from fullconv.files import read_json

_SECTIONS = ("images", "annotations", "categories")
_OTHERS = ("captions", "person_keypoints", "panoptic", "stuff", "image_info")  # files of COCO that hold no such boxes


def coco_files(files: Sequence[Path]) -> list[Path]:
    """Return which files are COCO data sets: no results, captions or settings."""
    jsons = [one for one in files if one.suffix.lower() == ".json" and not one.name.startswith(_OTHERS)]
    return [one for one in jsons if _is_coco(one)]


def _is_coco(path: Path) -> bool:
    try:
        content = read_json(path)
    except InputError:
        return False
    return isinstance(content, dict) and all(isinstance(content.get(one), list) for one in _SECTIONS)


def coco_sheets(files: Sequence[Path], album: Album) -> Sheets:
    """Return COCO files as sheets: of several those that name a part, else all of them.

    Raises:
        InputError: one is no COCO, or several hold the same part.
    """
    parts = {one: part_of(album.inside(one), by_stem=True) for one in files} if len(files) > 1 else dict.fromkeys(files)
    named = [one for one in files if parts[one] is not None]
    for one in named:
        twin = next((two for two in named if two < one and parts[two] == parts[one]), None)
        if twin is not None:
            received = f"{twin.name} and {one.name} are both {parts[one]}"
            raise InputError("data.annotations", received, f"Choose one: data.annotations={one}.")
    if len(files) > 1 and not named:
        names = ", ".join(one.name for one in files[:4])
        raise InputError("data.annotations", f"several files ({names})", f"Choose one: data.annotations={files[0]}.")
    return Sheets("COCO", tuple(_sheet(one, parts[one], album) for one in named or files))


def _sheet(path: Path, part: str | None, album: Album) -> Sheet:
    content: Any = read_json(path)
    path_of = partial(album.named, at=path)
    return Sheet(part, checked(content, str(path), path_of), path_of)
