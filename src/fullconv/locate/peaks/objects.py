"""One box per object, from the peaks of an image's cells."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fullconv.locate.calibration import Knots, calibrated
from fullconv.locate.detections import Found
from fullconv.locate.dimensions import Dimensions
from fullconv.locate.peaks.cells import Cells, Doubles, Flags, Indices
from fullconv.locate.peaks.framing import as_seen, at_their_size, nearer_to_usual, shares_of
from fullconv.locate.peaks.ladder import Ladder
from fullconv.locate.peaks.odds import probability, settled
from fullconv.locate.peaks.places import MOST, best_of_each, peaks_of
from fullconv.locate.peaks.scale import across_levels
from fullconv.locate.peaks.suppression import kept, without_parts

if TYPE_CHECKING:
    from fullconv.convert.geometry import Pair

_NEAR = 0.01  # pixels within which two centres lie at one place
# Maps, rows and columns of cells (n,) → logarithms (n, 2) of how much larger and longer objects there are than usual.
Look = Callable[[Indices, Indices, Indices], Doubles]


@dataclass(frozen=True)
class Reading:
    """How cells are read: the background's channel, the lowest probability, a peak's reach in cells, overlap, boxes.

    `dimensions` give each class a frame of its own; a tight box is looked for in the whole window all the same.
    `calibration` is of the scores that are told, not of those that `floor` is held against.
    """

    background: int | None
    floor: float
    reach: tuple[int, int]
    overlap: float
    tight: bool
    dimensions: Dimensions | None = None
    calibration: Knots = ()


@dataclass(frozen=True)
class Candidates:
    """Candidates of one image over all levels, as arrays; `centres` (n, 2) and `frames` (n, 2) in pixels `(y, x)`.

    `scales` (n,) are their sizes, 1 being that of the training images; `cells` (n, 2) the centres of the cells that
    they were read at, by which they belong to a part of the image.
    """

    labels: Indices
    odds: Doubles
    centres: Doubles
    frames: Doubles
    scales: Doubles
    cells: Doubles

    def of(self, which: "Indices | Flags") -> "Candidates":
        """Return some of them."""
        places = (self.centres[which], self.frames[which], self.scales[which], self.cells[which])
        return Candidates(self.labels[which], self.odds[which], *places)

    def boxes(self) -> Doubles:
        """Return frames `[x, y, w, h]` (n, 4) in pixels."""
        low = self.centres - self.frames / 2
        return np.concatenate([low[:, ::-1], self.frames[:, ::-1]], axis=1)


def candidates_of(
    images: int, cells: Cells, ladder: Ladder, window: float, how: Reading, look: Look | None = None
) -> list[Candidates]:
    """Return what may be an object in each of so many images; `window` is a frame's height.

    A second `look` at what may count tells more of its size, and its shape.
    """
    peaks = peaks_of(cells, how.background, how.floor, how.reach, 2 * MOST, ladder.blocks)
    growth, odds = across_levels(cells, ladder, peaks, how.reach)
    windows = ladder.frames(peaks.maps) * growth[:, np.newaxis]
    own = windows * shares_of(how.dimensions, peaks.labels)
    if look is not None:
        (likely,) = np.nonzero(probability(odds) >= how.floor)
        own[likely] = as_seen(own[likely], look(peaks.maps[likely], peaks.rows[likely], peaks.cols[likely]))
    odds = at_their_size(odds, peaks.labels, own, how.dimensions)
    own = nearer_to_usual(peaks.labels, own, how.dimensions)
    centres, scales = ladder.centres(peaks.maps, peaks.place), windows[:, 0] / window
    at = ladder.centres(peaks.maps, np.stack([peaks.rows, peaks.cols], axis=1).astype(np.float64))
    every = Candidates(peaks.labels, odds, centres, windows if how.tight else own, scales, at)
    order = np.argsort(-settled(odds), kind="stable")
    order = order[best_of_each(ladder.blocks(peaks.maps, peaks.rows, peaks.cols)[order], MOST)]
    owner = peaks.maps[order] // len(ladder)
    return [every.of(order[owner == index]) for index in range(images)]


def objects_of(candidates: Candidates, size: "Pair", how: Reading, tight: Callable[[Doubles], Doubles]) -> list[Found]:
    """Return the objects among an image's candidates, strongest first; the image has `size` (h, w) pixels.

    `tight` makes of frames `[x, y, w, h]` (n, 4) the extents of their ink, where a box is that.
    """
    # The same order, however the image was cut: of what is as sure, from top to bottom.
    candidates = candidates.of(np.lexsort((*np.rint(candidates.centres.T[::-1] / _NEAR), candidates.labels)))
    frames = candidates.boxes()
    labels = candidates.labels
    # Before anything goes: a part may be surer than its whole.
    odds = without_parts(frames, candidates.odds, labels, of_others=True)
    order = np.argsort(-settled(odds), kind="stable")
    staying = order[kept(frames[order], how.overlap)]
    # One of the same class that is a little larger was the same object, and has gone.
    odds = without_parts(frames[staying], odds[staying], labels[staying], of_others=False)
    order = np.argsort(-settled(odds), kind="stable")
    order = order[probability(odds[order]) >= how.floor]
    found, scores = candidates.of(staying[order]), calibrated(probability(odds[order]), how.calibration)
    boxes = frames[staying[order]]
    boxes = _inside(tight(boxes) if how.tight else boxes, size)
    # Two frames around one object may differ in size and yet hold the same ink.
    separate = kept(boxes, how.overlap) if how.tight else np.arange(len(boxes))
    # The outermost cells see the repeated edge alone: what they name lies outside the image.
    separate = separate[boxes[separate, 2:].min(axis=1, initial=np.inf) > 0]
    columns = (found.labels, scores, boxes, found.scales)
    return [
        Found(label, score, (x, y, width, height), scale)
        for label, score, (x, y, width, height), scale in zip(*(one[separate].tolist() for one in columns), strict=True)
    ]


def _inside(boxes: Doubles, size: "Pair") -> Doubles:
    """Return boxes (n, 4) cut at the border of an image of `size` pixels: no object's own reaches beyond it."""
    corner = np.array([size[1], size[0]])
    low, high = np.clip(boxes[:, :2], 0, corner), np.clip(boxes[:, :2] + boxes[:, 2:], 0, corner)
    return np.concatenate([low, high - low], axis=1)
