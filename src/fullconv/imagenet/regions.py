"""Boxes from a map of evidence: what belongs to one peak."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.locate.suppression import kept

FloatArray = npt.NDArray[np.float32]

# A region reaches out to this share of its peak's evidence.
_SHARE = 0.22
# A peak counts from this share of the map's highest.
_PEAK = 0.5
# Of two neighbouring peaks the lower is one of its own if the saddle between them is below this share of it.
_SADDLE = 0.6
_OVERLAP = 0.5


@dataclass(frozen=True)
class Region:
    """One object's cells: its mask (H', W'), its box `(x, y, w, h)` in cells, and the evidence at its peak."""

    mask: npt.NDArray[np.bool_]
    box: tuple[int, int, int, int]
    evidence: float


def regions_of(evidence: FloatArray) -> list[Region]:
    """Return the regions of a map (H', W') of evidence, the strongest first; none where there is no evidence.

    A region is the part of the map around a peak that is connected (eight neighbours) above a share of the peak. Where
    two peaks share one, each cell belongs to the peak that water would run from (watershed).
    """
    highest = float(evidence.max(initial=0))
    if highest <= 0:
        return []
    markers = _markers(evidence, _PEAK * highest)
    from skimage.segmentation import watershed

    basins: Any = watershed(-evidence, markers, mask=evidence > 0)
    regions = [_region(evidence, basins == number, markers == number) for number in range(1, int(markers.max()) + 1)]
    regions.sort(key=lambda one: -one.evidence)
    boxes = np.array([one.box for one in regions], np.float64).reshape(-1, 4)
    return [regions[index] for index in kept(boxes, _OVERLAP)]


def _markers(evidence: FloatArray, least: float) -> npt.NDArray[np.intp]:
    """Return the peaks (H', W') numbered from 1: a peak and what lies above the saddle that would part it."""
    from skimage.measure import label
    from skimage.morphology import reconstruction

    # Above the floor that water would fill to, if every peak were lowered to a share of itself, only peaks remain.
    lowered = reconstruction(evidence * _SADDLE, evidence, method="dilation")
    connected: Any = label
    tops = connected((evidence > lowered) & (evidence >= least), connectivity=2)
    return np.asarray(tops, np.intp)


def _region(evidence: FloatArray, basin: npt.NDArray[np.bool_], marker: npt.NDArray[np.bool_]) -> Region:
    from skimage.measure import label

    peak = np.unravel_index(np.argmax(np.where(marker, evidence, -1)), evidence.shape)
    height = float(evidence[peak])
    connected: Any = label
    parts = connected(basin & (evidence >= _SHARE * height), connectivity=2)
    mask = parts == parts[peak]
    rows, cols = np.nonzero(mask)
    box = (int(cols.min()), int(rows.min()), int(np.ptp(cols)) + 1, int(np.ptp(rows)) + 1)
    return Region(mask, box, height)
