"""Mosaics as SVG: pixels once, then boxes of the truth or of detections over them."""

import base64
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from markupsafe import Markup
from PIL import Image

from fullconv.data.pictures.images import load_image
from fullconv.figures.palette import class_colour, ink
from fullconv.report.page.elements import box, element, number, picture, text, tooltip

_SIDE = 320.0  # pixels of a pane's longer side before it is scaled
_LIMIT = 480  # pixels of the longer side of an embedded image


@dataclass(frozen=True)
class Shown:
    """An image of the page: the name it is referred to by, its size in its own pixels, its place among the files."""

    key: str
    width: int
    height: int
    path: Path


def embedded(image: Shown) -> Markup:
    """Return the image's pixels under its name, for panes to use; PNG without text or date.

    An image with a side above 480 pixels is made smaller: the page is to be looked at, not measured.
    """
    pixels = Image.fromarray(_eight_bit(image.path))
    pixels.thumbnail((_LIMIT, _LIMIT))
    stream = io.BytesIO()
    pixels.save(stream, format="PNG", optimize=True)
    data = base64.b64encode(stream.getvalue()).decode()
    return element(
        "image", id=image.key, width=image.width, height=image.height, href=f"data:image/png;base64,{data}",
        preserveAspectRatio="none",
    )  # fmt: skip


def _eight_bit(path: Path) -> npt.NDArray[np.uint8]:
    colour = np.rint(load_image(path, 3) * 255).astype(np.uint8)
    grey = bool((colour == colour[..., :1]).all())
    return np.ascontiguousarray(colour[..., 0]) if grey else colour


@dataclass(frozen=True)
class Names:
    """Category id → its name, and the class it is drawn as."""

    names: Mapping[int, str]
    classes: Mapping[int, int]


def truth_pane(image: Shown, annotations: Sequence[Mapping[str, Any]], names: Names, label: str) -> Markup:
    """Return the image with its true boxes, dashed, each with its name."""
    return _pane(image, [_drawn(image, one, names, one_name(one, names), "truth") for one in annotations], label)


def found_pane(image: Shown, detections: Sequence[Mapping[str, Any]], names: Names, label: str) -> Markup:
    """Return the image with detections, solid, each with its name and score; the best lie on top."""
    ordered = sorted(detections, key=lambda one: float(one["score"]))
    boxes = [_drawn(image, one, names, f"{one_name(one, names)} {one['score']:.2f}", "found") for one in ordered]
    return _pane(image, boxes, label)


def one_name(one: Mapping[str, Any], names: Names) -> str:
    """Return the name of an annotation's or detection's category."""
    return str(names.names.get(one["category_id"], one["category_id"]))


def _pane(image: Shown, boxes: Sequence[Markup], label: str) -> Markup:
    scale = _scale(image)
    ground = element("use", href=f"#{image.key}", transform=f"scale({scale:.5f})", class_="pixels")
    return picture(image.width * scale, image.height * scale, [ground, *boxes], label)


def _scale(image: Shown) -> float:
    return _SIDE / max(image.width, image.height)


def _drawn(image: Shown, one: Mapping[str, Any], names: Names, caption: str, kind: str) -> Markup:
    scale = _scale(image)
    x, y, width, height = (float(side) * scale for side in one["bbox"])
    index = names.classes.get(one["category_id"])
    colour = "#000000" if index is None else class_colour(index)
    across = 6.0 * len(caption) + 5
    # The caption stays inside the image, above the box where there is room.
    left = min(max(x, 0.0), max(image.width * scale - across, 0.0))
    top = min(max(y - 12, 0.0), image.height * scale - 12)
    return element(
        "g",
        [
            tooltip(f"{caption}: x {number(one['bbox'][0])}, y {number(one['bbox'][1])}, "
                    f"{number(one['bbox'][2])}×{number(one['bbox'][3])} pixels"),
            box(x, y, width, height, class_="halo"),
            box(x, y, width, height, class_=kind, stroke=colour),
            box(left, top, across, 12, fill=colour),
            text(left + 2.5, top + 9.5, caption, class_="caption", fill=ink(colour)),
        ],
    )  # fmt: skip
