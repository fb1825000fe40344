"""What a dataset means by a box, read from the shapes of its boxes and never from their places."""

from collections.abc import Mapping
from typing import Any

_ALIKE = 0.95  # share of the boxes that must have the window's shape
_ROUNDING = 1.0  # pixels by which a side may miss it: boxes are often whole numbers


def box_of(wanted: str, coco: Mapping[str, Any], window: tuple[int, int]) -> str:
    """Return the kind of box to report, `window` or `tight`; `wanted` may be `auto`.

    `auto` is `window` where boxes have the training window's aspect ratio (frames as the classifier was trained on)
    or where there is none to look at, else `tight`. A box at the image's border may be cut, so such boxes say nothing.
    """
    if wanted != "auto":
        return wanted
    sizes = {entry["id"]: entry for entry in coco["images"]}
    told = [
        _framed(one["bbox"], window)
        for one in coco["annotations"]
        if not one.get("iscrowd", 0) and _inside(one["bbox"], sizes[one["image_id"]])
    ]
    return "window" if not told or sum(told) >= _ALIKE * len(told) else "tight"


def _framed(bbox: list[float], window: tuple[int, int]) -> bool:
    width, height = bbox[2:]
    return abs(width * window[0] / window[1] - height) <= _ROUNDING


def _inside(bbox: list[float], entry: Mapping[str, Any]) -> bool:
    x, y, width, height = bbox
    right, bottom = entry.get("width", float("inf")), entry.get("height", float("inf"))
    return x > 0 and y > 0 and x + width < right and y + height < bottom
