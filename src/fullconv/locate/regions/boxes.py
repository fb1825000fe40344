"""Boxes from a map of evidence: what belongs to one peak."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.locate.peaks.suppression import kept

FloatArray = npt.NDArray[np.float32]

# An object ends where evidence falls below this share of the 95th percentile: a percentile is steadier than the peak.
# Source of the idea: Bae, Noh, Kim 2020, Rethinking Class Activation Mapping for Weakly Supervised Object
# Localization, section 3.3. Objects smaller than that percentile's part of the photo end at a share of their peak.
_PERCENTILE, _SHARE = 95, 0.4
_LEAST = 0.15
# A peak counts from this share of the map's highest.
_PEAK = 0.5
# Of two neighbouring peaks the lower is an object of its own if the saddle between them is below this share of it.
_SADDLE = 0.6
_OVERLAP = 0.5


@dataclass(frozen=True)
class Region:
    """One object's cells: its mask (H', W'), its box `(x, y, w, h)` in cells, and the evidence at its peak."""

    mask: npt.NDArray[np.bool_]
    box: tuple[int, int, int, int]
    evidence: float


def extent_of(evidence: FloatArray) -> FloatArray:
    """Return evidence (H', W') as 0..1, 0.5 where objects end: what boxes and masks are read from."""
    border = border_of(evidence)
    return evidence / (evidence + border) if border > 0 else np.zeros_like(evidence)


def border_of(evidence: FloatArray) -> float:
    """Return the evidence at which objects end in a map (H', W')."""
    return max(_SHARE * float(np.percentile(evidence, _PERCENTILE)), _LEAST * float(evidence.max()))


def regions_of(evidence: FloatArray) -> list[Region]:
    """Return the regions of a map (H', W') of evidence, the strongest first; none where there is no evidence.

    A region is what is connected (eight neighbours) to a peak above `border_of` the map. Where two peaks share one,
    each cell belongs to the peak that water would run from (watershed).
    """
    highest = float(evidence.max(initial=0))
    if highest <= 0:
        return []
    inside = evidence >= border_of(evidence)
    markers = _markers(evidence, _PEAK * highest)
    from skimage.segmentation import watershed

    basins: Any = watershed(-evidence, markers, mask=inside, connectivity=2)
    regions = [
        _region(evidence, basins == number) for number in range(1, int(markers.max()) + 1) if (basins == number).any()
    ]
    regions.sort(key=lambda one: -one.evidence)
    boxes = np.array([one.box for one in regions], np.float64).reshape(-1, 4)
    return [regions[index] for index in kept(boxes, _OVERLAP)]


def _markers(evidence: FloatArray, least: float) -> npt.NDArray[np.intp]:
    """Return the tops (H', W') numbered from 1: peaks of at least `least` with low saddles around them."""
    from skimage.measure import label
    from skimage.morphology import local_maxima, reconstruction

    # Peaks are lowered, then filled up to their saddles: one beside a higher one with no deep saddle between is gone.
    # The frame is there because a map that is all one height has no maximum.
    filled = reconstruction(np.pad(evidence * _SADDLE, 1), np.pad(evidence, 1), method="dilation")
    connected: Any = label
    tops = connected(local_maxima(filled, connectivity=2) & (filled >= _SADDLE * least), connectivity=2)
    return np.asarray(tops[1:-1, 1:-1], np.intp)


def _region(evidence: FloatArray, mask: npt.NDArray[np.bool_]) -> Region:
    rows, cols = np.nonzero(mask)
    box = (int(cols.min()), int(rows.min()), int(np.ptp(cols)) + 1, int(np.ptp(rows)) + 1)
    return Region(mask, box, float(evidence[mask].max()))
