"""Checked COCO annotations and detections, as plain dictionaries."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.data.scenes.coco_check import check_coco, shown
from fullconv.data.scenes.coco_defaults import complete, finished
from fullconv.data.scenes.coco_values import number, numbers, whole
from fullconv.errors import InputError
from fullconv.files import read_json
from fullconv.locate.checks import checked_map

# What a metric is when there is nothing to measure: the COCO tools' own value, which no measurement can give.
UNDEFINED = -1.0

Coco = Mapping[str, Any]
Detection = Mapping[str, Any]
ScoreMap = npt.NDArray[np.floating[Any]]
Scores = Mapping[int, Any] | Sequence[Any] | npt.NDArray[np.floating[Any]]


def checked_coco(annotations: Coco | str | Path) -> dict[str, Any]:
    """Return COCO annotations from a dictionary or a JSON file; the input is left as it is.

    Numbers may be NumPy's, floats or text. Annotations without `iscrowd` are no crowds, and those without `area`
    have their box's area (pixels²).

    Raises:
        InputError: the file is missing or not JSON, a part is missing, an id is used twice or unknown, or a box
            is not four finite numbers with a width and height of at least 0.
    """
    where = "annotations" if isinstance(annotations, Mapping) else str(annotations)
    content = annotations if isinstance(annotations, Mapping) else read_json(Path(annotations))
    coco = finished(check_coco(complete(content), where, boxes_alone=True))
    for one in coco["annotations"]:
        one["bbox"], one["area"] = [float(side) for side in one["bbox"]], float(one["area"])
    return coco


def checked_detections(detections: Sequence[Detection] | str | Path, coco: Coco) -> list[dict[str, Any]]:
    """Return COCO results from a list or a JSON file; the input is left as it is.

    Raises:
        InputError: the file is missing or not JSON, an image or category that `coco` (checked) does not know,
            a box that is not four finite numbers with positive width and height, or a score that is no number.
    """
    given = isinstance(detections, str | Path)
    where = str(detections) if given else "detections"
    content = read_json(Path(detections)) if isinstance(detections, str | Path) else detections
    images = {one["id"] for one in coco["images"]}
    categories = {one["id"] for one in coco["categories"]}
    return checked_results(content, images, categories, where)


def checked_results(content: Any, images: set[int], categories: set[int], where: str) -> list[dict[str, Any]]:
    """Return COCO results whose images and categories are among those given; the input is left as it is.

    Raises:
        InputError: another image or category, a box that is not four finite numbers with positive width and
            height, or a score that is no number.
    """
    if not isinstance(content, Sequence) or not all(isinstance(one, Mapping) for one in content):
        raise InputError(where, f"a {type(content).__name__}", "Give a list of COCO results.")
    return [_checked(one, f"{where}[{place}]", images, categories) for place, one in enumerate(content)]


def _checked(one: Mapping[str, Any], where: str, images: set[int], categories: set[int]) -> dict[str, Any]:
    places = {"image_id": whole(one.get("image_id")), "category_id": whole(one.get("category_id"))}
    for key, known in (("image_id", images), ("category_id", categories)):
        if places[key] not in known:
            received = f"{key} {shown(one.get(key))}"
            raise InputError(where, received, f"Known are {sorted(known)[:10]} ({len(known)} in all).")
    box = numbers(one.get("bbox"))
    if box is None or len(box) != 4:
        received = f"bbox {shown(one.get('bbox'))}"
        raise InputError(where, received, "Give four finite numbers [x, y, width, height] in pixels.")
    if min(box[2:]) <= 0:
        raise InputError(where, f"bbox {box}", "Give a width and height above 0.")
    score = number(one.get("score"))
    if score is None:
        raise InputError(where, f"score {shown(one.get('score'))}", "Give a finite number.")
    return {**one, **places, "bbox": [float(side) for side in box], "score": float(score)}


def scores_by_image(scores: Scores, coco: Coco) -> dict[int, ScoreMap]:
    """Return the checked score map (H', W', K) of every image id.

    `scores` maps image ids to score maps, or holds one per image in the order of `coco["images"]`.

    Raises:
        InputError: an image without a score map, more maps than images, maps of wrong rank or with
            NaN, or of different channel counts.
    """
    ids = [int(image["id"]) for image in coco["images"]]
    if isinstance(scores, Mapping):
        missing = [one for one in ids if one not in scores]
        if missing:
            raise InputError("scores", f"no score map for image ids {missing[:5]}", "Give one per image.")
        pairs = [(one, scores[one]) for one in ids]
    else:
        if len(scores) != len(ids):
            raise InputError("scores", f"{len(scores)} score maps for {len(ids)} images", "Give one per image.")
        pairs = list(zip(ids, scores, strict=True))
    maps = {one: checked_map(each, f"scores of image {one}") for one, each in pairs}
    channels = sorted({each.shape[-1] for each in maps.values()})
    if len(channels) > 1:
        raise InputError("scores", f"maps of {channels} channels", "Give maps of one classifier.")
    return maps


def objects_of(coco: Coco) -> list[dict[str, Any]]:
    """Return the annotations that stand for one object each: those that are not crowds."""
    return [one for one in coco["annotations"] if not one.get("iscrowd", 0)]


def checked_classes(class_of_category: Mapping[int, int], coco: Coco, channels: int) -> dict[int, int]:
    """Return category id → class index once it knows every annotated category.

    Raises:
        InputError: an annotated category without a class, or a class that is no channel of the score map.
    """
    unknown = sorted({one["category_id"] for one in objects_of(coco)} - set(class_of_category))
    if unknown:
        raise InputError("class_of_category", f"no class for category ids {unknown[:5]}", "Give each of them one.")
    for category, index in class_of_category.items():
        if not 0 <= index < channels:
            raise InputError(
                "class_of_category", f"class index {index} for category id {category}", f"There are {channels} classes."
            )
    return dict(class_of_category)
