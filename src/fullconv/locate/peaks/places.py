"""Peaks of the object probability: the places of a score map that name an object."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fullconv.errors import InputError
from fullconv.locate.checks import checked_background, checked_probabilities, checked_threshold
from fullconv.locate.peaks.odds import Floats, best_object, highest_object, log_odds, probability
from fullconv.locate.peaks.subcell import Doubles, Indices, fitted, reach_of

if TYPE_CHECKING:
    from fullconv.convert.geometry import Geometry

# Below every log-odds that can occur: what is no candidate does not suppress.
_NOTHING = -1e3
# Of more candidates the best are read: a map that is all noise stays quick.
MOST = 300


@dataclass(frozen=True)
class Peak:
    """A place that names an object: its cell, its class and probability, and its centre `(y, x)` in pixels."""

    row: int
    col: int
    label: int
    score: float
    y: float
    x: float


@dataclass(frozen=True)
class Peaks:
    """Peaks of one map, highest first, as arrays of one length.

    `odds` are the log-odds of the cell, `place` (n, 2) its centre in cells, `heights` the log-odds that the fit has
    there: steadier than one cell's.
    """

    rows: Indices
    cols: Indices
    labels: Indices
    odds: Doubles
    place: Doubles
    heights: Doubles


def find_peaks(
    scores: Any,
    geometry: "Geometry",
    background: int | None = None,
    threshold: float = 0.5,
) -> list[Peak]:
    """Return the peaks of a score map (H', W', K) of probabilities, highest first, ties in reading order.

    What is compared are the log-odds of each cell's best class that is not the background. A cell is a peak when that
    class reaches `threshold` and no cell nearer than a fifth of the window, on both axes, is higher. The centre is the
    maximum of a quadratic through the log-odds around it.

    Raises:
        InputError: a map of wrong rank, with NaN or with values outside 0..1, a background that is no channel, a
            threshold outside 0..1.
    """
    array = checked_probabilities(scores)
    background = checked_background(background, array.shape[-1])
    if min(geometry.stride) < 1:
        raise InputError("geometry.stride", f"{geometry.stride}", "Give strides of 1 pixel or more.")
    peaks = peaks_of(array, background, checked_threshold(threshold), reach_of(geometry.window, geometry.stride))
    first = np.array(geometry.center(0, 0))
    centres = first + peaks.place * np.array(geometry.stride)
    return [
        Peak(int(row), int(col), int(label), float(score), float(y), float(x))
        for row, col, label, score, (y, x) in zip(
            peaks.rows, peaks.cols, peaks.labels, probability(peaks.odds), centres, strict=True
        )
    ]


def peaks_of(scores: Floats, background: int | None, floor: float, reach: tuple[int, int]) -> Peaks:
    """Return the peaks of a checked map (H', W', K) whose probability reaches `floor`, highest first."""
    candidate = highest_object(scores, background) >= scores.dtype.type(floor)
    named = scores[candidate]
    labels = best_object(named, background)[1]
    image = np.full(candidate.shape, _NOTHING)
    image[candidate] = log_odds(named, labels)
    classes = np.zeros(candidate.shape, np.intp)
    classes[candidate] = labels
    rows, cols = np.nonzero(_maxima(image, classes, reach))
    order = np.argsort(-image[rows, cols], kind="stable")[:MOST]
    rows, cols = rows[order], cols[order]
    labels = classes[rows, cols]
    fit = fitted(scores, rows, cols, labels, reach)
    offsets = fit.vertex()
    return Peaks(rows, cols, labels, image[rows, cols], np.stack([rows, cols], axis=1) + offsets, fit.value(offsets))


def _maxima(image: Doubles, classes: Indices, reach: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """Return which cells no cell within `reach` exceeds; of neighbours of equal value and class, the middle one."""
    highest = (image >= _largest(_largest(image, reach[0], 0), reach[1], 1)) & (image > _NOTHING)
    values = image[highest]
    if len(np.unique(values)) == len(values):
        return highest
    from skimage import measure

    connected: Any = measure.label
    plateaus = connected(np.where(highest, classes + 1, 0), background=0, connectivity=2)
    middles = np.zeros_like(highest)
    for number in range(1, int(plateaus.max()) + 1):
        cells = np.argwhere(plateaus == number)
        middles[tuple(cells[np.hypot(*(cells - cells.mean(axis=0)).T).round(6).argmin()])] = True
    return middles


def _largest(image: Doubles, reach: int, axis: int) -> Doubles:
    """Return the largest value within `reach` cells along an axis: windows of 1, 2, 4, … cells, then of all."""
    span, length = 2 * reach + 1, image.shape[axis]
    edges = [(reach, reach) if index == axis else (0, 0) for index in (0, 1)]
    values = np.pad(image, edges, constant_values=_NOTHING)
    if axis == 1:
        values = values.T
    width = 1
    while width < span:
        step = min(width, span - width)
        values = np.maximum(values[:-step], values[step:])
        width += step
    values = values[:length]
    return values.T if axis == 1 else values
