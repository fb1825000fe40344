"""The other sides: trained on the same crops, their variants and thresholds chosen on the same pictures."""

import time
from collections.abc import Iterable
from typing import Any, Protocol

import numpy as np

from benchmarks.own.figures import GUESS, Results, figures, part_of, thresholds_by
from benchmarks.own.material import Material, Pixels
from fullconv.evaluate.metrics.coco import evaluate_coco

CHOOSING = 8  # validation pictures that a variant is chosen on


class Side(Protocol):
    """What finds objects in one of several ways."""

    variants: list[Any]

    def found(self, pixels: Pixels, variant: Any) -> list[dict[str, Any]]:
        """Return detections: `label`, `bbox` and `score`."""
        ...


def side_of(name: str, material: Material, seed: int) -> Side:
    """Return a side, trained."""
    from benchmarks.own.activation import Activation
    from benchmarks.own.sliding import Sliding
    from benchmarks.own.templates import Templates

    kinds: dict[str, type[Side]] = {"sliding": Sliding, "activation": Activation, "templates": Templates}
    side: Side = kinds[name](material, seed)  # type: ignore[call-arg]
    return side


def measured(name: str, material: Material, seed: int = 0) -> dict[str, Any]:
    """Return a side's figures on a set, its seconds of training (the choice of a variant included) and of a picture."""
    started = time.perf_counter()
    side = side_of(name, material, seed)
    variant, thresholds = _chosen(side, material)
    trained = time.perf_counter() - started
    coco = material.test.coco
    started = time.perf_counter()
    found = results(side, material, coco, material.test.pictures(), variant)
    searched = time.perf_counter() - started
    return {
        **figures(found, coco, thresholds or dict.fromkeys((one["id"] for one in coco["categories"]), GUESS)),
        "variant": str(variant),
        "seconds_training": trained,
        "seconds_picture": searched / len(coco["images"]),
    }


def results(
    side: Side, material: Material, coco: dict[str, Any], pictures: Iterable[tuple[int, Pixels]], variant: Any
) -> Results:
    """Return a side's COCO results on pictures."""
    category = {one["name"]: one["id"] for one in coco["categories"]}
    made = []
    for image, pixels in pictures:
        for one in side.found(pixels, variant):
            number = category[material.classes[one["label"]]]
            made.append({"image_id": image, "category_id": number, "bbox": one["bbox"], "score": one["score"]})
    return made


def _chosen(side: Side, material: Material) -> tuple[Any, dict[int, float] | None]:
    """Return the variant of the best AP50 on some validation pictures, and its thresholds on all of them."""
    split = material.validation
    if split is None:
        return side.variants[0], None
    found: list[Results] = [[] for _ in side.variants]
    some = list(split.pictures(CHOOSING))
    for picture in some:
        for mine, variant in zip(found, side.variants, strict=True):
            mine += results(side, material, split.coco, [picture], variant)
    seen = [image for image, _ in some]
    truth = part_of(split.coco, seen)
    best = int(np.argmax([evaluate_coco(mine, truth)["AP50"] for mine in found]))
    others = (one for one in split.pictures() if one[0] not in seen)
    rest = results(side, material, split.coco, others, side.variants[best])
    return side.variants[best], thresholds_by(found[best] + rest, split.coco)
