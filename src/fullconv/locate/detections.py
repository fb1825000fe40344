"""Detections as COCO results."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from fullconv.errors import InputError
from fullconv.locate.peaks import Peak, find_peaks

if TYPE_CHECKING:
    from fullconv.convert.geometry import Geometry

Detection = dict[str, Any]


def detect(
    scores: Any,
    geometry: "Geometry",
    image_ids: Sequence[int] | None = None,
    categories: Mapping[int, int] | None = None,
    background: int | None = None,
    threshold: float = 0.5,
    distance: float | None = None,
    size: tuple[float, float] | None = None,
) -> list[Detection]:
    """Return COCO results `{image_id, category_id, bbox [x, y, w, h], score}` of score maps.

    `scores` is one map (H', W', K), several of one size (N, H', W', K), or a list of maps of different sizes.
    Boxes are `size` (height, width) pixels, the window by default, centred on the peak's window and not cut at
    the image's border. `distance` is in pixels; by default half the window's shorter side. Images are numbered
    from 1 unless `image_ids` names them; class k is category k + 1 unless `categories` maps indices to ids, and
    then classes without an id are not reported. Results are ordered by image as given, then from the highest
    score down.

    Raises:
        InputError: wrong rank, NaN, a size that is not positive, a threshold outside 0..1, as many ids as
            images not given, or an id given twice.
    """
    maps = _maps(scores)
    ids = _checked_ids(image_ids, len(maps))
    height, width = _checked_size(geometry.window if size is None else size)
    reach = min(geometry.window) / 2 if distance is None else distance
    found: list[Detection] = []
    for image_id, one in zip(ids, maps, strict=True):
        for peak in find_peaks(one, geometry, background, threshold, reach):
            category = _category(peak.label, categories)
            if category is not None:
                found.append(_result(peak, image_id, category, height, width))
    return found


def _maps(scores: Any) -> list[Any]:
    if isinstance(scores, np.ndarray):
        if scores.ndim not in (3, 4):
            raise InputError("scores", f"shape {scores.shape}", "Give (N, H', W', K), or one map (H', W', K).")
        return [scores] if scores.ndim == 3 else list(scores)
    return list(scores)


def _result(peak: Peak, image_id: int, category: int, height: float, width: float) -> Detection:
    return {
        "image_id": image_id,
        "category_id": category,
        "bbox": [peak.x - width / 2, peak.y - height / 2, width, height],
        "score": peak.score,
    }


def _category(label: int, categories: Mapping[int, int] | None) -> int | None:
    return label + 1 if categories is None else categories.get(label)


def _checked_ids(image_ids: Sequence[int] | None, count: int) -> list[int]:
    if image_ids is None:
        return list(range(1, count + 1))
    ids = [int(one) for one in image_ids]
    if len(ids) != count or len(set(ids)) != count:
        raise InputError("image_ids", f"{len(set(ids))} different ids for {count} score maps", "Give one id per map.")
    return ids


def _checked_size(size: tuple[float, float]) -> tuple[float, float]:
    if len(size) != 2 or not all(np.isfinite(side) and side > 0 for side in size):
        raise InputError("size", f"{size}", "Give the box's (height, width), both above 0 pixels.")
    return float(size[0]), float(size[1])
