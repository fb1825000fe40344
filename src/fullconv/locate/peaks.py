"""Peaks of the foreground probability: the cells that name an object."""

from dataclasses import dataclass
from math import ceil, hypot
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fullconv.errors import InputError
from fullconv.locate.checks import checked_background, checked_distance, checked_map, checked_threshold

if TYPE_CHECKING:
    from fullconv.convert.geometry import Geometry

# Below every score that can be reported: what is no candidate neither wins nor suppresses.
_NOTHING = -1.0


@dataclass(frozen=True)
class Peak:
    """One cell that names an object: its place in the map, and its window's centre in pixels."""

    row: int
    col: int
    label: int
    score: float
    y: float
    x: float


def find_peaks(
    scores: Any,
    geometry: "Geometry",
    background: int | None = None,
    threshold: float = 0.5,
    distance: float = 14.0,
) -> list[Peak]:
    """Return the peaks of a score map (H', W', K), highest score first, ties in reading order.

    The map that is searched is the largest probability of a class that is not the background. A cell is a peak
    when it reaches `threshold`, its arg max is not the background, and no cell beside it or nearer than
    `distance` (pixels between window centres) scores higher. Neighbouring cells of equal score and class (a
    plateau, as saturated probabilities make) give one peak, at the cell nearest to the plateau's middle. Of two
    peaks of equal score nearer than `distance` the first in reading order stays.

    Raises:
        InputError: a map of wrong rank or with NaN, a background that is no channel, a threshold outside 0..1,
            a negative distance.
    """
    array = checked_map(scores)
    foreground, labels = foreground_map(array, background)
    threshold, distance = checked_threshold(threshold), checked_distance(distance)
    if min(geometry.stride) < 1:
        raise InputError("geometry.stride", f"{geometry.stride}", "Give strides of 1 pixel or more.")
    candidate = (labels >= 0) & (foreground >= array.dtype.type(threshold))
    if not candidate.any():
        return []
    image = np.where(candidate, foreground, array.dtype.type(_NOTHING))
    maxima = _local_maxima(image, _neighbourhood(geometry.stride, distance, image.shape))
    peaks = []
    for row, col in _one_per_plateau(image, labels, maxima):
        y, x = geometry.center(row, col)
        peaks.append(Peak(row, col, int(labels[row, col]), float(image[row, col]), float(y), float(x)))
    return _apart(sorted(peaks, key=lambda peak: (-peak.score, peak.row, peak.col)), distance)


def foreground_map(
    scores: npt.NDArray[np.floating[Any]], background: int | None
) -> tuple[npt.NDArray[np.floating[Any]], npt.NDArray[np.intp]]:
    """Return the largest foreground score (H', W') and its class; the class is -1 where the background wins.

    Raises:
        InputError: a background that is no channel.
    """
    background = checked_background(background, scores.shape[-1])
    if background is None:
        return scores.max(axis=-1), scores.argmax(axis=-1)
    objects = scores.copy()
    objects[..., background] = -np.inf
    highest, labels = objects.max(axis=-1), objects.argmax(axis=-1)
    return highest, np.where(scores.argmax(axis=-1) == background, -1, labels)


def _neighbourhood(stride: tuple[int, int], distance: float, shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Cells whose centre is nearer than `distance` pixels, and the eight beside the middle in any case."""
    # Farther than the map is large nothing is left to compare with.
    reach = [max(1, min(ceil(distance / step), count)) for step, count in zip(stride, shape, strict=True)]
    dy, dx = np.mgrid[-reach[0] : reach[0] + 1, -reach[1] : reach[1] + 1]
    near: npt.NDArray[np.bool_] = np.hypot(dy * stride[0], dx * stride[1]) < distance
    beside: npt.NDArray[np.bool_] = (np.abs(dy) <= 1) & (np.abs(dx) <= 1)
    return near | beside


def _local_maxima(image: npt.NDArray[np.floating[Any]], footprint: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    from skimage import feature

    peak_local_max: Any = feature.peak_local_max
    # A frame of nothing: scikit-image reports no peak at all on a map whose cells are all equal.
    framed = np.pad(image, 1, constant_values=_NOTHING)
    found = peak_local_max(framed, footprint=footprint, threshold_abs=_NOTHING, exclude_border=False)
    maxima = np.zeros(framed.shape, dtype=bool)
    maxima[tuple(found.T)] = True
    return maxima[1:-1, 1:-1]


def _one_per_plateau(
    image: npt.NDArray[np.floating[Any]], labels: npt.NDArray[np.intp], maxima: npt.NDArray[np.bool_]
) -> list[tuple[int, int]]:
    from skimage import measure

    connected: Any = measure.label
    _, level = np.unique(image, return_inverse=True)
    kinds = (level.reshape(image.shape) * (int(labels.max()) + 1) + labels + 1) * (image >= 0)
    plateaus = connected(kinds, background=0, connectivity=2)
    groups: dict[int, list[tuple[int, int]]] = {}
    for row, col in np.argwhere(maxima):
        groups.setdefault(int(plateaus[row, col]), []).append((int(row), int(col)))
    return [_middle(cells) for cells in groups.values()]


def _middle(cells: list[tuple[int, int]]) -> tuple[int, int]:
    row, col = (sum(axis) / len(cells) for axis in zip(*cells, strict=True))
    return min(cells, key=lambda cell: (round(hypot(cell[0] - row, cell[1] - col), 6), cell))


def _apart(peaks: list[Peak], distance: float) -> list[Peak]:
    kept: list[Peak] = []
    for peak in peaks:
        if all(hypot(peak.y - other.y, peak.x - other.x) >= distance for other in kept):
            kept.append(peak)
    return kept
