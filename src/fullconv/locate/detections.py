"""Objects that were found, and detections as COCO results."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Detection = dict[str, Any]


@dataclass(frozen=True)
class Found:
    """One object: its class index, its probability, and its box `(x, y, w, h)` in pixels of the image.

    `scale` is the size of its frame, 1 being that of the training images.
    """

    label: int
    score: float
    bbox: tuple[float, float, float, float]
    scale: float = 1.0


def results(found: Iterable[Found], image_id: int, categories: Mapping[int, int] | None = None) -> list[Detection]:
    """Return COCO results `{image_id, category_id, bbox [x, y, w, h], score}` of one image, highest score first.

    Class k is category k + 1 unless `categories` maps indices to ids; then classes without an id are not reported.
    """
    return [
        {
            "image_id": image_id,
            "category_id": category,
            "bbox": [float(value) for value in one.bbox],
            "score": float(one.score),
        }
        for one in sorted(found, key=lambda one: -one.score)
        if (category := _category(one.label, categories)) is not None
    ]


def _category(label: int, categories: Mapping[int, int] | None) -> int | None:
    return label + 1 if categories is None else categories.get(label)
