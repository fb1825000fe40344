"""Every localization metric of a set of scenes at once."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fullconv.errors import InputError
from fullconv.evaluate.annotations import Coco, Detection, Scores, checked_coco, checked_detections, objects_of
from fullconv.evaluate.centre import centre_accuracy
from fullconv.evaluate.coco_metrics import evaluate_coco
from fullconv.evaluate.pointing import pointing_game

if TYPE_CHECKING:
    from fullconv.convert.geometry import Geometry


def scene_metrics(
    scores: Scores,
    detections: Sequence[Detection],
    coco: Coco | str | Path,
    geometry: "Geometry",
    class_of_category: Mapping[int, int],
    background: int | None = None,
) -> dict[str, float | int]:
    """Return AP, AP50, AP75, AR, pointing and centre (shares), and the counts images, objects and detections.

    `scores`: image id → (H', W', K), or one map per image in the order of the annotations' images.
    `class_of_category`: category id → class index. Every metric is defined in `docs/metrics.md`.

    Raises:
        InputError: a category for the background, or what any of the metrics refuses.
    """
    if background is not None and background in class_of_category.values():
        raise InputError("class_of_category", f"class {background} is the background", "Leave it out: it is no object.")
    truth = checked_coco(coco)
    found = checked_detections(detections, truth)
    return {
        **evaluate_coco(found, truth),
        "pointing": pointing_game(scores, truth, geometry, class_of_category).accuracy,
        "centre": centre_accuracy(scores, truth, geometry, class_of_category),
        "images": len(truth["images"]),
        "objects": len(objects_of(truth)),
        "detections": len(found),
    }
