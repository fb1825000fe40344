"""Annotations of pictures with an EXIF orientation: which pixels they refer to, and where that is upright."""

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fullconv.data.pictures.orientation import Frame, frame_of, turned, turned_box, turned_point
from fullconv.data.scenes.coco_values import numbers

log = logging.getLogger(__name__)

Entry = dict[str, Any]


def upright(coco: Entry, path_of: Callable[[str], Path]) -> Entry:
    """Return checked COCO with every box in pixels of the upright picture, as pictures are read.

    An entry's height and width tell which pixels its boxes refer to: those of the upright picture, or those that are
    stored, as tools have it that know nothing of EXIF. Where both fit (a square, or a half turn) they are the stored
    ones if all others of the set that tell are, else the upright ones; likewise without a size, unless a box fits
    the stored picture alone. Sizes that fit neither stay, for who reads the pixels to name.
    """
    frames = {one["id"]: frame_of(path_of(one["file_name"])) for one in coco["images"]}
    sidelong = {image: frame for image, frame in frames.items() if frame is not None and frame.orientation > 1}
    if not sidelong:
        return coco
    boxes: dict[int, list[Sequence[float]]] = {image: [] for image in sidelong}
    for one in coco["annotations"]:
        if one["image_id"] in boxes:
            boxes[one["image_id"]].append(one["bbox"])
    told = {
        one["id"]: _of_stored(one, sidelong[one["id"]], boxes[one["id"]])
        for one in coco["images"]
        if one["id"] in sidelong
    }
    known = {answer for answer in told.values() if answer is not None}
    others = known == {True}
    stored = {image: sidelong[image] for image, answer in told.items() if answer or (answer is None and others)}
    if not stored:
        return coco
    log.warning(
        "the boxes of %d pictures refer to stored pixels, as their sizes do: they are turned upright with the picture",
        len(stored),
    )
    return {
        **coco,
        "images": [_image(one, stored) for one in coco["images"]],
        "annotations": [_annotation(one, stored) for one in coco["annotations"]],
    }


def _of_stored(entry: Mapping[str, Any], frame: Frame, boxes: Sequence[Sequence[float]]) -> bool | None:
    """Whether an entry refers to the stored pixels; None: it fits both ways."""
    upright_fits, stored_fits = _fits(entry, frame.upright), _fits(entry, frame.stored)
    if "height" not in entry and "width" not in entry:
        # A box may reach over the edge by what rounding makes of it.
        upright_fits, stored_fits = (all(_holds(size, box) for box in boxes) for size in (frame.upright, frame.stored))
        return True if stored_fits and not upright_fits else False if frame.upright != frame.stored else None
    return None if upright_fits and stored_fits else stored_fits


def _fits(entry: Mapping[str, Any], size: tuple[int, int]) -> bool:
    return (entry.get("height", size[0]), entry.get("width", size[1])) == size


def _holds(size: tuple[int, int], box: Sequence[float]) -> bool:
    return box[0] + box[2] <= size[1] + 1 and box[1] + box[3] <= size[0] + 1


def _image(entry: Entry, stored: Mapping[int, Frame]) -> Entry:
    if entry["id"] not in stored:
        return entry
    height, width = stored[entry["id"]].upright
    return {**entry, "height": height, "width": width}


def _annotation(one: Entry, stored: Mapping[int, Frame]) -> Entry:
    if one["image_id"] not in stored:
        return one
    frame = stored[one["image_id"]]
    found = {**one, "bbox": turned_box(one["bbox"], frame)}
    if "segmentation" in one:
        found["segmentation"] = _mask(one["segmentation"], frame)
    return found


def _mask(mask: Any, frame: Frame) -> Any:
    """Polygons or a run-length code of the stored pixels, upright; anything else as it is."""
    if isinstance(mask, Mapping):
        return _runs(mask, frame)
    polygons = [numbers(polygon) for polygon in mask] if isinstance(mask, list) else [None]
    if None in polygons:
        return mask
    pairs = [zip(polygon[::2], polygon[1::2], strict=False) for polygon in polygons if polygon is not None]
    return [[side for x, y in points for side in turned_point(x, y, frame)] for points in pairs]


def _runs(code: Mapping[str, Any], frame: Frame) -> Mapping[str, Any]:
    from faster_coco_eval import mask

    try:
        read = mask.frPyObjects(code, *frame.stored) if isinstance(code.get("counts"), list) else code
        pixels = np.asarray(mask.decode(read)).astype(bool)
        if pixels.shape != frame.stored:
            return code
    except Exception:  # the C++ code raises what its caller cannot name; who measures the mask says so
        return code
    # Of COCO's codes the pixels go down the columns, and the first run is of 0.
    line = turned(pixels[..., None], frame.orientation)[..., 0].ravel(order="F")
    ends = np.flatnonzero(np.diff(line)) + 1
    lengths = np.diff([0, *ends.tolist(), len(line)]).tolist()
    return {"size": list(frame.upright), "counts": ([0] if line.size and line[0] else []) + lengths}
