"""Peaks of the object probability: the places of a score map that name an object."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fullconv.errors import InputError
from fullconv.locate.checks import checked_background, checked_probabilities, checked_threshold
from fullconv.locate.peaks.cells import Cells, Doubles, Indices, offsets
from fullconv.locate.peaks.odds import best_object, log_odds, probability, settled
from fullconv.locate.peaks.subcell import fitted, reach_of

if TYPE_CHECKING:
    from fullconv.convert.geometry import Geometry

# Maps, rows and columns of cells (n,) → the blocks of images that they lie in.
Blocks = Callable[[Indices, Indices, Indices], Indices]

# Below every log-odds that can occur: what is no candidate does not suppress.
_NOTHING = -1e3
# Of more candidates in a block the best are read: a map that is all noise stays quick.
MOST = 1200


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
    """Peaks of an image's maps, highest first, as arrays of one length.

    `maps` says of which map, `odds` are the log-odds of the cell, `place` (n, 2) its centre in cells, `heights` the
    log-odds that the fit has there: steadier than one cell's.
    """

    maps: Indices
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
    reach = reach_of(geometry.window, geometry.stride)
    peaks = peaks_of(Cells.whole([array]), background, checked_threshold(threshold), reach)
    first = np.array(geometry.center(0, 0))
    centres = first + peaks.place * np.array(geometry.stride)
    return [
        Peak(int(row), int(col), int(label), float(score), float(y), float(x))
        for row, col, label, score, (y, x) in zip(
            peaks.rows, peaks.cols, peaks.labels, probability(peaks.odds), centres, strict=True
        )
    ]


def peaks_of(
    cells: Cells,
    background: int | None,
    floor: float,
    reach: tuple[int, int],
    most: int = MOST,
    blocks: Blocks | None = None,
) -> Peaks:
    """Return the peaks of checked maps whose probability reaches `floor`, highest first.

    Of each of the `blocks` that cells lie in, all of a map where none are given, `most` at most.
    """
    places = cells.above(background, floor)
    scores = cells.table[places]
    labels = best_object(scores, background)[1]
    odds = log_odds(scores, labels)
    # A search is compared across machines and tiles, a map alone as it is.
    compared = odds if blocks is None else settled(odds)
    maps, rows, cols = cells.named(places)
    highest = _maxima(cells, maps, rows, cols, labels, compared, places, reach, blocks)
    highest = highest[np.argsort(-compared[highest], kind="stable")]
    owners = maps[highest] if blocks is None else blocks(maps[highest], rows[highest], cols[highest])
    order = highest[best_of_each(owners, most)]
    maps, rows, cols, labels, odds = maps[order], rows[order], cols[order], labels[order], odds[order]
    fit = fitted(cells, maps, rows, cols, labels, reach)
    moved = fit.vertex()
    return Peaks(maps, rows, cols, labels, odds, np.stack([rows, cols], axis=1) + moved, fit.value(moved))


def best_of_each(owners: Indices, most: int) -> Indices:
    """Return the places of those among `owners` (n,), best first, that are among the first `most` of their owner."""
    if len(owners) <= most:
        return np.arange(len(owners))
    by_owner = np.argsort(owners, kind="stable")
    own = owners[by_owner]
    rank = np.arange(len(own)) - np.searchsorted(own, own)
    return np.sort(by_owner[rank < most])


def _maxima(
    cells: Cells,
    maps: Indices,
    rows: Indices,
    cols: Indices,
    labels: Indices,
    odds: Doubles,
    places: Indices,
    reach: tuple[int, int],
    blocks: Blocks | None,
) -> Indices:
    """Return which candidates no cell within `reach` exceeds; of a plateau of one class in a block, the middle."""
    values = np.full(len(cells.table) + 1, _NOTHING)  # the last: of cells that are not known
    values[places] = odds
    left = np.arange(len(places))
    for down, across in zip(*offsets(reach), strict=True):
        # Most cells go at the first neighbours.
        near = cells.find(maps[left], rows[left] + down, cols[left] + across)
        left = left[odds[left] >= values[near]]
    if len(np.unique(odds[left])) == len(left):
        return left
    return np.sort(
        np.concatenate(
            [
                _middles(number, left[maps[left] == number], cells, rows, cols, labels, blocks)
                for number in np.unique(maps[left])
            ]
        )
    )


def _middles(
    number: int,
    which: Indices,
    cells: Cells,
    rows: Indices,
    cols: Indices,
    labels: Indices,
    blocks: Blocks | None,
) -> Indices:
    """Return of each plateau of one map's highest cells the candidate in its middle; it ends where its block does."""
    from skimage import measure

    connected: Any = measure.label
    classes = np.zeros(cells.shapes[number], np.intp)
    own = 0 if blocks is None else blocks(np.full(len(which), number, np.intp), rows[which], cols[which])
    classes[rows[which], cols[which]] = own * (int(labels.max()) + 1) + labels[which] + 1
    plateaus = connected(classes, background=0, connectivity=2)[rows[which], cols[which]]
    middles = []
    for plateau in range(1, int(plateaus.max()) + 1):
        mine = which[plateaus == plateau]
        at = np.stack([rows[mine], cols[mine]], axis=1)
        middles.append(mine[np.hypot(*(at - at.mean(axis=0)).T).round(6).argmin()])
    return np.array(middles, np.intp)
