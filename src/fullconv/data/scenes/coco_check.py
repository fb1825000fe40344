"""What makes a parsed JSON a COCO data set of boxes."""

from collections.abc import Mapping, Sequence
from typing import Any

from fullconv.data.scenes.coco_values import BEYOND
from fullconv.errors import InputError

_MEND = "See cocodataset.org/#format-data (object detection)."
_MENDS = {"bbox": "Give a box, or polygons to draw it from; a run-length mask alone does not serve."}
_BOX = "Give four finite numbers [x, y, width, height] in pixels, a width and height of at least 0."
_REQUIRED = {
    "images": {"id": int, "file_name": str},
    "categories": {"id": int, "name": str},
    "annotations": {"image_id": int, "category_id": int, "bbox": list},
}
_ON_FILES = ("file_name", "name")  # what boxes that are compared with one another need not have
_KINDS = {int: "a whole number", str: "text", list: "a list"}


def check_coco(content: Any, where: str, boxes_alone: bool = False) -> dict[str, Any]:
    """Return `content`, as `complete` has it, when it is COCO: three lists whose entries have their keys and boxes.

    With `boxes_alone` it needs no names of files and categories, and may have no image.

    Raises:
        InputError: it is not; the message names the entry, such as `annotations[3].bbox`.
    """
    if not isinstance(content, Mapping):
        raise InputError(
            where, f"a JSON {type(content).__name__}", f"Give a COCO object, not a list of results. {_MEND}"
        )
    for section, required in _REQUIRED.items():
        entries = content.get(section)
        if not isinstance(entries, list):
            raise InputError(f"{where}: {section}", "missing or not a list", _MEND)
        wanted = {key: kind for key, kind in required.items() if not (boxes_alone and key in _ON_FILES)}
        for number, entry in enumerate(entries):
            _check_keys(entry, wanted, f"{where}: {section}[{number}]")
        _check_distinct(entries, f"{where}: {section}")
    if not boxes_alone and not (content["images"] and content["categories"]):
        raise InputError(where, "no images or no categories", _MEND)
    _check_sizes(content["images"], where)
    _check_annotations(content, where)
    return dict(content)


def _check_keys(entry: Any, required: dict[str, type], where: str) -> None:
    if not isinstance(entry, dict):
        raise InputError(where, f"{type(entry).__name__} instead of an object", _MEND)
    for key, kind in required.items():
        if key not in entry:
            raise InputError(f"{where}.{key}", "missing", _MENDS.get(key, _MEND))
        value = entry[key]
        if not isinstance(value, kind) or isinstance(value, bool):
            raise InputError(f"{where}.{key}", shown(value), _BOX if key == "bbox" else f"It must be {_KINDS[kind]}.")


def _check_distinct(entries: Sequence[dict[str, Any]], where: str) -> None:
    seen: dict[int, int] = {}
    for number, entry in enumerate(entries):
        if "id" not in entry:
            continue
        if type(entry["id"]) is not int:
            raise InputError(f"{where}[{number}].id", shown(entry["id"]), "It must be a whole number.")
        if entry["id"] in seen:
            received = f"{entry['id']}, also the id of entry {seen[entry['id']]}"
            raise InputError(f"{where}[{number}].id", received, "Give every entry an id of its own.")
        seen[entry["id"]] = number


def _check_sizes(images: Sequence[dict[str, Any]], where: str) -> None:
    for number, image in enumerate(images):
        for key in ("height", "width"):
            value = image.get(key, 1)
            if type(value) is not int or value <= 0:
                mend = "Give whole pixels, more than 0, or leave it out."
                raise InputError(f"{where}: images[{number}].{key}", shown(value), mend)


def _check_annotations(content: Mapping[str, Any], where: str) -> None:
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
            raise InputError(f"{entry}.bbox", shown(annotation["bbox"]), _BOX)
        area, crowd = annotation.get("area", 0), annotation.get("iscrowd", 0)
        if not _is_number(area) or area < 0:
            raise InputError(f"{entry}.area", shown(area), "Give a number of pixels, at least 0, or leave it out.")
        if not _is_number(crowd) or crowd not in (0, 1):
            raise InputError(f"{entry}.iscrowd", shown(crowd), "Give 0 or 1, or leave it out.")


def _is_box(box: Sequence[Any]) -> bool:
    return len(box) == 4 and all(map(_is_number, box)) and box[2] >= 0 and box[3] >= 0


def _is_number(value: Any) -> bool:
    """Whether a value, as `complete` leaves it, is a number: what is none, or not finite, it leaves in another type."""
    return type(value) in (int, float) and abs(value) < BEYOND


def shown(value: Any) -> str:
    """Return a value as a message has it: short, in one line."""
    text = " ".join(repr(value).split())
    return text if len(text) <= 80 else f"{text[:77]}..."
