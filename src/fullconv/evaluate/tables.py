"""Objects and detections of a set of images as arrays, so that 100,000 images fit in memory."""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.errors import InputError
from fullconv.evaluate.annotations import Coco, Detection, checked_coco, checked_results

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Thresholds = float | Sequence[float]  # a score from which detections count, or one for each class


@dataclass(frozen=True)
class Objects:
    """Annotated boxes of a set, ordered by image, then as the annotations are.

    `image` and `category` (M,) are places in the set's lists of images and of categories; `box` (M, 4) is
    x, y, width, height in pixels, `area` (M,) pixels², `crowd` (M,) marks boxes that stand for many objects.
    """

    image: Ints
    category: Ints
    box: Floats
    area: Floats
    crowd: Flags


@dataclass(frozen=True)
class Found:
    """Detections of a set in the order they came: places as in `Objects`, `box` (D, 4) in pixels, `score` (D,)."""

    image: Ints
    category: Ints
    box: Floats
    score: Floats


@dataclass
class FoundRecords:
    """Detections as they come; 46 bytes each."""

    image: "array[int]" = field(default_factory=lambda: array("i"))
    category: "array[int]" = field(default_factory=lambda: array("h"))
    box: "array[float]" = field(default_factory=lambda: array("d"))
    score: "array[float]" = field(default_factory=lambda: array("d"))

    def add(self, image: int, detections: Sequence[Detection], places: Mapping[int, int]) -> None:
        """Append an image's checked COCO results; `places`: category id → place in the list of categories."""
        for one in detections:
            self.image.append(image)
            self.category.append(places[one["category_id"]])
            self.box.extend(one["bbox"])
            self.score.append(one["score"])

    def __len__(self) -> int:
        return len(self.score)

    def arrays(self) -> Found:
        """Return copies of everything so far."""
        return Found(
            np.array(self.image, dtype=np.int64),
            np.array(self.category, dtype=np.int64),
            np.array(self.box, dtype=np.float64).reshape(-1, 4),
            np.array(self.score, dtype=np.float64),
        )


@dataclass(frozen=True)
class Truth:
    """A set's truth as arrays: image ids, the categories that are measured, and the objects.

    `images` and `categories` are ids in ascending order, `names` and `labels` the categories' names and class
    indices; the objects of image i are those from `first[i]` to `first[i + 1]`.
    """

    images: tuple[int, ...]
    sizes: Ints  # (N, 2) height, width in pixels; 0 where the annotations do not tell
    categories: tuple[int, ...]
    names: tuple[str, ...]
    labels: Ints
    objects: Objects
    first: Ints
    masks: Mapping[int, Any]  # object → COCO segmentation, for images with one object alone


def truth_of(coco: Coco, class_of_category: Mapping[int, int], background: int | None) -> Truth:
    """Return the arrays of COCO annotations; categories without a class and without an object are left out.

    Raises:
        InputError: malformed annotations, an annotated category without a class, a class index that is negative
            or the background, or no image.
    """
    content = checked_coco(coco)
    if not content["images"]:
        raise InputError("annotations", "no image", "Give at least one.")
    _check_labels(content, class_of_category, background)
    known = sorted((one for one in content["categories"] if one["id"] in class_of_category), key=lambda one: one["id"])
    images = sorted(content["images"], key=lambda one: one["id"])
    order = {one["id"]: place for place, one in enumerate(images)}
    categories = {one["id"]: place for place, one in enumerate(known)}
    entries = sorted(content["annotations"], key=lambda one: order[one["image_id"]])
    entries = [one for one in entries if one["category_id"] in categories]
    objects = Objects(
        np.array([order[one["image_id"]] for one in entries], dtype=np.int64),
        np.array([categories[one["category_id"]] for one in entries], dtype=np.int64),
        np.array([one["bbox"] for one in entries], dtype=np.float64).reshape(-1, 4),
        np.array([one["area"] for one in entries], dtype=np.float64),
        np.array([one["iscrowd"] for one in entries], dtype=bool),
    )
    first = np.searchsorted(objects.image, np.arange(len(order) + 1))
    lone = {int(first[place]) for place in np.flatnonzero(np.diff(first) == 1)}
    return Truth(
        tuple(order),
        np.array([[one.get("height") or 0, one.get("width") or 0] for one in images], dtype=np.int64),
        tuple(categories),
        tuple(str(one.get("name", one["id"])) for one in known),
        np.array([class_of_category[one] for one in categories], dtype=np.int64),
        objects,
        first,
        {place: entries[place]["segmentation"] for place in lone if entries[place].get("segmentation")},
    )


def checked_found(detections: Any, image_id: int, truth: Truth) -> list[dict[str, Any]]:
    """Return one image's COCO results.

    Raises:
        InputError: another image's id, a category that is not measured, a box that is not four finite numbers
            with positive width and height, or a score that is no number.
    """
    return checked_results(detections, {image_id}, set(truth.categories), f"detections of image {image_id}")


def _check_labels(content: Coco, class_of_category: Mapping[int, int], background: int | None) -> None:
    where = "class_of_category"
    unknown = sorted({one["category_id"] for one in content["annotations"]} - set(class_of_category))
    if unknown:
        raise InputError(where, f"no class for category ids {unknown[:5]}", "Give each of them one.")
    for category, index in class_of_category.items():
        if index < 0:
            raise InputError(where, f"class index {index} for category id {category}", "Count classes from 0.")
        if index == background:
            raise InputError(where, f"class {background} is the background", "Leave it out: it is no object.")
