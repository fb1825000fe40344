"""What makes a parsed JSON a COCO data set of boxes."""

import math
from collections.abc import Sequence
from typing import Any

from fullconv.errors import InputError

_MEND = "See cocodataset.org/#format-data (object detection)."
_MENDS = {"bbox": "Give a box, or polygons to draw it from; a run-length mask alone does not serve."}
_REQUIRED = {
    "images": {"id": int, "file_name": str},
    "categories": {"id": int, "name": str},
    "annotations": {"id": int, "image_id": int, "category_id": int, "bbox": list},
}


def check_coco(content: Any, where: str) -> dict[str, Any]:
    """Return `content` when it is COCO: three lists whose entries have their keys, distinct ids and boxes.

    Raises:
        InputError: it is not; the message names the entry, such as `annotations[3].bbox`.
    """
    if not isinstance(content, dict):
        raise InputError(where, f"a JSON {type(content).__name__}", _MEND)
    for section, required in _REQUIRED.items():
        entries = content.get(section)
        if not isinstance(entries, list):
            raise InputError(f"{where}: {section}", "missing or not a list", _MEND)
        for number, entry in enumerate(entries):
            _check_keys(entry, required, f"{where}: {section}[{number}]")
        _check_distinct(entries, f"{where}: {section}")
    if not content["images"] or not content["categories"]:
        raise InputError(where, "no images or no categories", _MEND)
    _check_sizes(content["images"], where)
    _check_annotations(content, where)
    return content


def _check_keys(entry: Any, required: dict[str, type], where: str) -> None:
    if not isinstance(entry, dict):
        raise InputError(where, f"{type(entry).__name__} instead of an object", _MEND)
    for key, kind in required.items():
        if key not in entry:
            raise InputError(f"{where}.{key}", "missing", _MENDS.get(key, _MEND))
        value = entry[key]
        if not isinstance(value, kind) or isinstance(value, bool):
            raise InputError(f"{where}.{key}", f"{value!r}", f"It must be of type {kind.__name__}.")


def _check_distinct(entries: Sequence[dict[str, Any]], where: str) -> None:
    seen: dict[int, int] = {}
    for number, entry in enumerate(entries):
        if entry["id"] in seen:
            received = f"{entry['id']}, also the id of entry {seen[entry['id']]}"
            raise InputError(f"{where}[{number}].id", received, "Give every entry an id of its own.")
        seen[entry["id"]] = number


def _check_sizes(images: Sequence[dict[str, Any]], where: str) -> None:
    for number, image in enumerate(images):
        for key in ("height", "width"):
            value = image.get(key, 1)
            if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
                raise InputError(f"{where}: images[{number}].{key}", f"{value!r}", "Give pixels, more than 0.")


def _check_annotations(content: dict[str, Any], where: str) -> None:
    known = {
        "image_id": {image["id"] for image in content["images"]},
        "category_id": {category["id"] for category in content["categories"]},
    }
    for number, annotation in enumerate(content["annotations"]):
        entry = f"{where}: annotations[{number}]"
        for key, ids in known.items():
            if annotation[key] not in ids:
                section = "images" if key == "image_id" else "categories"
                raise InputError(f"{entry}.{key}", f"{annotation[key]}", f"It must be an id of {section}.")
        if not _is_box(annotation["bbox"]):
            mend = "Give [x, y, width, height] in pixels, width and height not negative."
            raise InputError(f"{entry}.bbox", f"{annotation['bbox']}", mend)


def _is_box(box: Sequence[Any]) -> bool:
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in box)
    return len(box) == 4 and numbers and all(map(math.isfinite, box)) and box[2] >= 0 and box[3] >= 0
