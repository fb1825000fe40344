"""How well the objects of labelled photos are found: counts and detections of one way of searching."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from fullconv.convert.geometry import Geometry
from fullconv.evaluate.annotations import UNDEFINED
from fullconv.evaluate.maps.drawn import drawn, grid, object_pixels, on_pixels
from fullconv.evaluate.maps.layers import Layers, centres
from fullconv.evaluate.maps.mask_overlap import mask_iou
from fullconv.evaluate.maps.pointing import pointing_hits
from fullconv.evaluate.maps.single_objects import SingleObjects
from fullconv.evaluate.matching.overlap import iou
from fullconv.evaluate.metrics.coco import evaluate_coco
from fullconv.evaluate.photos.labelled import LabelledPhoto
from fullconv.locate.detections import Found, results
from fullconv.locate.levels.maps import FloatArray

if TYPE_CHECKING:
    from fullconv.convert.geometry import Pair


def is_hit(photo: LabelledPhoto, heat: FloatArray, geometry: Geometry) -> bool:
    """Return whether the highest cell of the heat (H', W') lies in a box of the photo: a trial of the pointing game."""
    y, x = centres(geometry, 0, heat.shape[0]), centres(geometry, 1, heat.shape[1])
    kind = np.zeros(len(photo.boxes), np.int64)
    return bool(pointing_hits(Layers(heat[np.newaxis], y, x, kind, photo.boxes, photo.crowd))[0])


def box_iou(photo: LabelledPhoto, found: list[Found]) -> float:
    """Return the IoU of the likeliest box with the object it overlaps most, 0 where nothing was found."""
    if not found:
        return 0.0
    truth = photo.boxes[~photo.crowd]
    best = np.array([max(found, key=lambda one: one.score).bbox])
    return float(iou(np.repeat(best, len(truth), axis=0), truth, np.zeros(len(truth), bool))[0].max())


@dataclass
class ExtentScores:
    """What the extent maps and boxes of photos are worth, photo after photo."""

    single: SingleObjects = field(default_factory=SingleObjects)
    masked: SingleObjects = field(default_factory=SingleObjects)
    overlaps: list[float] = field(default_factory=list)  # of masks
    found: list[dict[str, Any]] = field(default_factory=list)  # COCO results

    def add(
        self, photo: LabelledPhoto, size: "Pair", extent: FloatArray, geometry: Geometry, found: list[Found]
    ) -> dict[str, float]:
        """Count a photo of `size` (h, w) by its extent map (H', W') and boxes; return the numbers of this photo."""
        self.found += results(found, photo.id, {one.label: photo.category for one in found})
        mine = {"box_iou": box_iou(photo, found)}
        if not photo.alone:
            return mine
        box = photo.boxes[0] * grid(size)[1]
        pixels = drawn(extent, geometry, size)
        inside = object_pixels(photo.boxes[0], photo.segmentation, size, f"annotation of {photo.name}")
        self.single.add(pixels, box, inside)
        if photo.segmentation:
            alone = SingleObjects()
            for one in (alone, self.masked):
                one.add(pixels, box, inside)
            self.overlaps.append(mask_iou(on_pixels(extent, geometry, size), inside))
            mine |= {"mask_px_ap": alone.metrics()["px_ap"], "mask_iou": self.overlaps[-1]}
        return mine

    def metrics(self, coco: Mapping[str, Any]) -> dict[str, float]:
        """Return max_box_acc_v2, px_ap, mask_px_ap, mask_iou, AP50 and AP; -1 where there is nothing to measure."""
        average = evaluate_coco(self.found, dict(coco))
        return {
            **self.single.metrics(),
            "mask_px_ap": self.masked.metrics()["px_ap"],
            "mask_iou": float(np.mean(self.overlaps)) if self.overlaps else UNDEFINED,
            "AP50": average["AP50"],
            "AP": average["AP"],
        }
