"""Average precision and recall by the COCO protocol."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fullconv.evaluate.annotations import UNDEFINED, Coco, Detection, checked_coco, checked_detections, objects_of
from fullconv.evaluate.matching.greedy import AREAS
from fullconv.evaluate.metrics.average_precision import most_counted

# Where the COCO protocol puts them in its summary: AP at IoU 0.50:0.95, 0.50, 0.75; AR at 100 detections; AP by size.
_PLACES = {"AP": 0, "AP50": 1, "AP75": 2, "AR": 8, "AP_small": 3, "AP_medium": 4, "AP_large": 5}


def evaluate_coco(detections: Sequence[Detection] | str | Path, annotations: Coco | str | Path) -> dict[str, float]:
    """Return AP, AP50, AP75, AR, AP_small, AP_medium and AP_large of COCO results against COCO annotations.

    At most 100 detections count per image and category, and where an image has many objects twice as many as these.
    Both may be given as read or as paths of JSON files, and
    are left as they are. Without a detection the values are 0; without an object in the annotations, or of a size,
    -1, as in the COCO tools.

    Source: Lin et al. 2014, Microsoft COCO, and its evaluation code.

    Raises:
        InputError: a file that is missing or not JSON, a box without a size, an image or category id that the
            annotations do not hold.
    """
    coco = checked_coco(annotations)
    found = checked_detections(detections, coco)
    if not objects_of(coco):
        return dict.fromkeys(_PLACES, UNDEFINED)
    if not found:
        areas = [one["area"] for one in objects_of(coco)]
        return {name: 0.0 if _any_within(areas, name) else UNDEFINED for name in _PLACES}
    stats = _summary(found, coco)
    return {name: float(stats[place]) for name, place in _PLACES.items()}


def _any_within(areas: list[float], name: str) -> bool:
    low, high = AREAS.get(name.removeprefix("AP_"), AREAS["all"])
    return any(low <= area <= high for area in areas)


def _summary(found: list[dict[str, Any]], coco: dict[str, Any]) -> Sequence[float]:
    from faster_coco_eval import COCO, COCOeval_faster

    # Matches are marked by annotation id with 0 for none: number from 1 whatever the file says.
    objects = [{**one, "id": place} for place, one in enumerate(coco["annotations"], start=1)]
    results = [{key: one[key] for key in ("image_id", "category_id", "bbox", "score")} for one in found]
    truth = COCO({**coco, "annotations": objects}, print_function=_silent)
    evaluation = COCOeval_faster(truth, truth.loadRes(results), "bbox", print_function=_silent)
    crowds = Counter((one["image_id"], one["category_id"]) for one in objects)
    evaluation.params.maxDets = [*evaluation.params.maxDets[:-1], most_counted(max(crowds.values(), default=0))]
    evaluation.run()
    stats: Sequence[float] = evaluation.stats
    return stats


def _silent(*_: Any) -> None:
    """Take what the evaluation would print: its numbers are returned instead."""
