"""What was found in a picture, as COCO has it, and what a page draws of it."""

import base64
import io
import math
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib import colormaps
from PIL import Image

from fullconv.figures.panels import HEAT
from fullconv.figures.pictures import colour_limit, picture_view, veiled
from fullconv.locate.detections import results
from fullconv.locate.finder import Finder
from fullconv.locate.located import LevelScores, Located
from fullconv.locate.threshold import Threshold

Entry = dict[str, Any]
_MOST = 4_000_000  # cells of all maps of a picture that a page is sent


def coco_of(finder: Finder, located: Located, name: str, threshold: Threshold) -> Entry:
    """Return a picture's COCO JSON: every box that was found, with its score, in pixels of the upright picture."""
    of_label = {label: one.category for label, one in enumerate(finder.sought)}
    height, width = located.size
    names, wnids = finder.channels.names, finder.wnids
    boxes = results(located.objects, 1, of_label)
    return {
        "info": {
            "classifier": finder.name,
            "read": finder.read if located.panels == (1, 1) else "panels",
            "threshold": threshold.value,
            # By category, where they differ.
            "thresholds": {str(of_label[label]): value for label, value in enumerate(threshold.of_class)},
            "reason": threshold.reason,
            "top": [
                {"name": names[index], "wnid": wnids[index] if wnids else None, "probability": probability}
                for index, probability in located.top
            ],
        },
        "images": [{"id": 1, "file_name": name, "height": height, "width": width}],
        "categories": [one.entry for one in finder.sought],
        "annotations": [
            {"id": place, **one, "area": one["bbox"][2] * one["bbox"][3], "iscrowd": 0}
            for place, one in enumerate(boxes, start=1)
        ],
    }


def above(coco: Entry, score: float | None = None) -> Entry:
    """Return the same without the boxes below a score; without one, below the threshold, or that of their category."""
    common, of_category = coco["info"]["threshold"], coco["info"]["thresholds"]

    def reached(one: Entry) -> bool:
        least = of_category.get(str(one["category_id"]), common) if score is None else score
        return bool(one["score"] >= least)

    return {**coco, "annotations": [one for one in coco["annotations"] if reached(one)]}


def view_of(finder: Finder, located: Located, shown: npt.NDArray[np.float32]) -> Entry:
    """Return what a page draws: the upright picture as PNG, and the maps of each level and of all fused."""
    maps = [("all sizes, fused", located.fused)]
    maps += [("at {} × {} pixels".format(*reversed(level.size)), level) for level in located.levels]
    cells = sum(one.scores.size + one.heat.size for _, one in maps)
    pool = max(1, math.ceil(math.sqrt(cells / _MOST)))
    categories = [finder.sought[label].category for label in located.labels]
    return {
        "categories": categories,
        "picture": "data:image/png;base64," + _png(picture_view("", shown, "").shown),
        "maps": [{"name": name, **_map(one, categories, pool)} for name, one in maps],
    }


def heat_colours() -> str:
    """Return the 256 colours of heat as figures have it, four bytes each: red, green, blue, how much it covers."""
    table = veiled(colormaps[HEAT])(np.arange(256))
    return base64.b64encode(np.rint(table * 255).astype(np.uint8).tobytes()).decode()


def _png(pixels: npt.NDArray[np.uint8]) -> str:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG", compress_level=1)
    return base64.b64encode(stream.getvalue()).decode()


def _map(level: LevelScores, categories: list[int], pool: int) -> Entry:
    """Return the heat of any class, and that of each, by its category; `pool` cells a side become their highest."""
    (y, x), (down, across) = level.first, level.step
    rows, columns = (math.ceil(count / pool) for count in level.scores.shape[:2])
    heats = {"any": level.heat}
    if len(categories) > 1:
        heats |= {str(category): level.scores[..., place] for place, category in enumerate(categories)}
    return {
        "rows": rows,
        "columns": columns,
        # The rectangle (x, y, width, height) that the cells cover, in pixels of the picture.
        "covers": [x - across / 2, y - down / 2, columns * pool * across, rows * pool * down],
        "heats": {key: _packed(_pooled(heat, pool)) for key, heat in heats.items()},
    }


def _pooled(heat: npt.NDArray[np.float32], pool: int) -> npt.NDArray[np.float32]:
    if pool == 1:
        return heat
    (rows, columns), low = heat.shape, float(heat.min())
    padded = np.pad(heat, ((0, -rows % pool), (0, -columns % pool)), constant_values=low)
    pooled: npt.NDArray[np.float32] = padded.reshape(padded.shape[0] // pool, pool, padded.shape[1] // pool, pool).max(
        axis=(1, 3)
    )
    return pooled


def _packed(heat: npt.NDArray[np.float32]) -> Entry:
    """Return probabilities as bytes, 255 being `limit`."""
    limit = colour_limit(heat)
    packed = np.rint(np.clip(heat / limit, 0, 1) * 255).astype(np.uint8)
    return {
        "limit": limit,
        "highest": float(heat.max(initial=0.0)),
        "cells": base64.b64encode(packed.tobytes()).decode(),
    }
