"""Centre accuracy: does the cell centred on an object name its class?"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fullconv.evaluate.annotations import (
    UNDEFINED,
    Coco,
    Scores,
    checked_classes,
    checked_coco,
    objects_of,
    scores_by_image,
)

if TYPE_CHECKING:
    from fullconv.convert.geometry import Geometry


def centre_accuracy(
    scores: Scores, annotations: Coco, geometry: "Geometry", class_of_category: Mapping[int, int]
) -> float:
    """Return the share of objects whose nearest cell has its largest score at their class; -1 without objects.

    All classes compete, the background too. Crowds are left out. `scores`: image id → (H', W', K), or one map
    per image in order; `class_of_category`: category id → class index.

    Raises:
        InputError: an image without a score map, an annotated category without a class, malformed annotations.
    """
    coco = checked_coco(annotations)
    maps = scores_by_image(scores, coco)
    objects = objects_of(coco)
    if not objects:
        return UNDEFINED
    classes = checked_classes(class_of_category, coco, maps[objects[0]["image_id"]].shape[-1])
    correct = 0
    for one in objects:
        cells = maps[one["image_id"]]
        row, col = centre_cell(one["bbox"], geometry, cells.shape)
        correct += int(cells[row, col].argmax()) == classes[one["category_id"]]
    return correct / len(objects)


def centre_cell(bbox: list[float], geometry: "Geometry", shape: tuple[int, ...]) -> tuple[int, int]:
    """Return the (row, column) of the map's cell nearest to a box's centre; `bbox` is [x, y, w, h] in pixels."""
    left, top, width, height = bbox
    row, col = geometry.nearest(top + height / 2, left + width / 2)
    # An object near the image's border can be nearest to a cell that the map does not have.
    return _within(row, shape[0]), _within(col, shape[1])


def _within(index: Any, count: int) -> int:
    return min(max(int(index), 0), count - 1)
