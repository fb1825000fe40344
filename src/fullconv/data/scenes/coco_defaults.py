"""What COCO files of others leave out or write differently, brought to one form before it is checked."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fullconv.data.scenes.coco_values import flag, is_absent, number, numbers, plain, whole

Entry = dict[str, Any]

_IDS = ("id", "image_id", "category_id")


def complete(content: Any) -> Any:
    """Return parsed COCO JSON in its usual types; `content` itself is left as it is.

    Ids, sizes, areas, flags and boxes become plain numbers, whether they were floats (`32.0`), text (`"32"`) or
    NumPy's; category names become stripped text. A key whose value plainly says nothing (null, "", NaN) is left out;
    so is an annotation's id, which COCO tools do not use. A missing `bbox` becomes the box around the annotation's
    polygons. What has another form stays for the check to name.
    """
    if not isinstance(content, Mapping):
        return content
    kinds: dict[str, Callable[[Entry], Entry]] = {"images": _image, "categories": _category, "annotations": _annotation}
    return {**content, **{name: _entries(content[name], kind) for name, kind in kinds.items() if name in content}}


def finished(coco: Entry) -> Entry:
    """Return checked COCO with what detection tools need: `iscrowd`, `area` (w·h pixels) and ids other than 0.

    Those tools take an id of 0 for "no match". The entries of `coco` are changed.
    """
    annotations = coco["annotations"]
    top = max((one["id"] for one in annotations if "id" in one), default=0)
    for annotation in annotations:
        annotation.setdefault("iscrowd", 0)
        annotation.setdefault("area", annotation["bbox"][2] * annotation["bbox"][3])
        if not annotation.get("id"):
            top += 1
            annotation["id"] = top
    return coco


def _entries(entries: Any, kind: Callable[[Entry], Entry]) -> Any:
    if isinstance(entries, str) or not isinstance(entries, Sequence):
        return entries
    return [kind(dict(entry)) if isinstance(entry, Mapping) else entry for entry in entries]


def _image(entry: Entry) -> Entry:
    _read(entry, {"id": whole, "height": whole, "width": whole}, may_lack=("height", "width"))
    return entry


def _category(entry: Entry) -> Entry:
    _read(entry, {"id": whole})
    name = plain(entry.get("name"))
    if isinstance(name, float) and name.is_integer():
        name = int(name)
    if isinstance(name, str | int | float) and not isinstance(name, bool):
        entry["name"] = str(name).strip()
    return entry


def _annotation(entry: Entry) -> Entry:
    kinds = {**dict.fromkeys(_IDS, whole), "area": number, "iscrowd": flag, "bbox": numbers, "segmentation": plain}
    _read(entry, kinds, may_lack=("id", "area", "iscrowd", "bbox", "segmentation"))
    if "bbox" not in entry:
        box = _box_around(entry.get("segmentation"))
        if box is not None:
            entry["bbox"] = box
    return entry


def _read(entry: Entry, kinds: Mapping[str, Callable[[Any], Any]], may_lack: Sequence[str] = ()) -> None:
    for key, kind in kinds.items():
        if key not in entry:
            continue
        if key in may_lack and is_absent(plain(entry[key])):
            del entry[key]
        elif (found := kind(entry[key])) is not None:
            entry[key] = found


def _box_around(polygons: Any) -> list[float] | None:
    """The box `[x, y, w, h]` around polygons `[[x1, y1, x2, y2, …], …]`; None for anything else."""
    if not isinstance(polygons, list):
        return None
    read = [numbers(polygon) for polygon in polygons]
    if any(polygon is None or len(polygon) % 2 for polygon in read):
        return None
    points = [polygon for polygon in read if polygon]
    if not points:
        return None
    columns, rows = ([value for polygon in points for value in polygon[start::2]] for start in (0, 1))
    return [min(columns), min(rows), max(columns) - min(columns), max(rows) - min(rows)]
