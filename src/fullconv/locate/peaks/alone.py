"""Detections of score maps alone: without images, levels or a network."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from fullconv.errors import InputError
from fullconv.locate.checks import checked_overlap
from fullconv.locate.detections import Detection, Found, results
from fullconv.locate.peaks.places import find_peaks
from fullconv.locate.peaks.suppression import kept

if TYPE_CHECKING:
    from fullconv.convert.geometry import Geometry

# Intersection over union above which two boxes are one object.
OVERLAP = 0.5


def detect(
    scores: Any,
    geometry: "Geometry",
    image_ids: Sequence[int] | None = None,
    categories: Mapping[int, int] | None = None,
    background: int | None = None,
    threshold: float = 0.5,
    overlap: float = OVERLAP,
    size: tuple[float, float] | None = None,
) -> list[Detection]:
    """Return COCO results `{image_id, category_id, bbox [x, y, w, h], score}` of score maps alone.

    `scores` are probabilities: one map (H', W', K), several of one size (N, H', W', K), or a list of maps of different
    sizes. Boxes are `size` (height, width) pixels, the window by default, around the peak's centre between the cells,
    and not cut at the image's border, which a map does not know. Of two boxes whose intersection over union exceeds
    `overlap` the stronger stays. Images are numbered from 1 unless `image_ids` names them; classes become categories as
    in `results`. Ordered by image as given, then from the highest score down.

    Raises:
        InputError: wrong rank, NaN, values outside 0..1, a size that is not positive, a threshold or overlap outside
            0..1, as many ids as images not given, or an id given twice.
    """
    maps = _maps(scores)
    ids = _checked_ids(image_ids, len(maps))
    height, width = _checked_size(geometry.window if size is None else size)
    overlap = checked_overlap(overlap)
    detections: list[Detection] = []
    for image_id, one in zip(ids, maps, strict=True):
        peaks = find_peaks(one, geometry, background, threshold)
        boxes = np.array([(peak.x - width / 2, peak.y - height / 2, width, height) for peak in peaks]).reshape(-1, 4)
        found = [Found(peaks[index].label, peaks[index].score, tuple(boxes[index])) for index in kept(boxes, overlap)]
        detections += results(found, image_id, categories)
    return detections


def _maps(scores: Any) -> list[Any]:
    if isinstance(scores, np.ndarray):
        if scores.ndim not in (3, 4):
            raise InputError("scores", f"shape {scores.shape}", "Give (N, H', W', K), or one map (H', W', K).")
        return [scores] if scores.ndim == 3 else list(scores)
    return list(scores)


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
