"""The pointing game: does the highest score of a class lie on an object of that class?"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

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


@dataclass(frozen=True)
class PointingGame:
    """Hits and misses per category id."""

    hits: dict[int, int] = field(default_factory=dict)
    misses: dict[int, int] = field(default_factory=dict)

    @property
    def accuracy(self) -> float:
        """Hits over all trials, whatever their category; -1 without a trial."""
        hits, misses = sum(self.hits.values()), sum(self.misses.values())
        return hits / (hits + misses) if hits + misses else UNDEFINED

    @property
    def mean_accuracy(self) -> float:
        """The mean of the categories' own accuracies, as the paper reports it; -1 without a trial."""
        shares = [self.hits[one] / (self.hits[one] + self.misses[one]) for one in self.hits]
        return sum(shares) / len(shares) if shares else UNDEFINED


def pointing_game(
    scores: Scores, annotations: Coco, geometry: "Geometry", class_of_category: Mapping[int, int]
) -> PointingGame:
    """Play one trial per image and category present: the cell with the highest score of that class.

    It hits when the centre of the cell's window (pixels) lies inside or on the border of any box of that
    category in the image. Among equal scores the first cell in reading order counts. A crowd makes no trial,
    but its box is a place to hit. `scores`: image id → (H', W', K), or one map per image in order;
    `class_of_category`: category id → class index.

    Source: Zhang et al. 2016, Top-down Neural Attention by Excitation Backprop, section 4.1.

    Raises:
        InputError: an image without a score map, an annotated category without a class, malformed annotations.
    """
    coco = checked_coco(annotations)
    maps = scores_by_image(scores, coco)
    trials = sorted({(one["image_id"], one["category_id"]) for one in objects_of(coco)})
    if not trials:
        return PointingGame()
    classes = checked_classes(class_of_category, coco, maps[trials[0][0]].shape[-1])
    boxes: dict[tuple[int, int], list[list[float]]] = defaultdict(list)
    for one in coco["annotations"]:
        boxes[one["image_id"], one["category_id"]].append(one["bbox"])
    hits: dict[int, int] = defaultdict(int)
    misses: dict[int, int] = defaultdict(int)
    for image_id, category in trials:
        layer = maps[image_id][..., classes[category]]
        row, col = np.unravel_index(int(layer.argmax()), layer.shape)
        y, x = geometry.center(int(row), int(col))
        hit = any(_inside(y, x, box) for box in boxes[image_id, category])
        hits[category] += hit
        misses[category] += not hit
    return PointingGame(dict(hits), dict(misses))


def _inside(y: float, x: float, box: list[float]) -> bool:
    left, top, width, height = box
    return left <= x <= left + width and top <= y <= top + height
