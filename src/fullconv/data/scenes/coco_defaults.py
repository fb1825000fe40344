"""What COCO files of others leave out or write differently, brought to one form before it is checked."""

from typing import Any


def complete(content: Any) -> Any:
    """Return parsed COCO JSON with category names as stripped text and a `bbox` wherever there are polygons.

    Numbers become text (`3` is the name "3"). A missing, null or empty `bbox` becomes the box around the annotation's
    polygons. What has another form is left for the check to name. `content` itself is changed.
    """
    if isinstance(content, dict):
        for category in _entries(content, "categories"):
            name = category.get("name")
            if isinstance(name, str | int) and not isinstance(name, bool):
                category["name"] = str(name).strip()
        for annotation in _entries(content, "annotations"):
            if not annotation.get("bbox"):
                box = _box_around(annotation.get("segmentation"))
                if box is not None:
                    annotation["bbox"] = box
    return content


def _entries(content: dict[str, Any], section: str) -> list[dict[str, Any]]:
    entries = content.get(section)
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def _box_around(polygons: Any) -> list[float] | None:
    """The box `[x, y, w, h]` around polygons `[[x1, y1, x2, y2, …], …]`; None for anything else."""
    if not isinstance(polygons, list) or not all(isinstance(polygon, list) for polygon in polygons):
        return None
    numbers = [value for polygon in polygons for value in polygon]
    if any(isinstance(value, bool) or not isinstance(value, int | float) for value in numbers):
        return None
    if not numbers or any(len(polygon) % 2 for polygon in polygons):
        return None
    columns, rows = ([value for polygon in polygons for value in polygon[start::2]] for start in (0, 1))
    return [min(columns), min(rows), max(columns) - min(columns), max(rows) - min(rows)]
