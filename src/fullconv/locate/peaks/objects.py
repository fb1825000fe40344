"""One box per object, from the peaks of an image's cells."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fullconv.locate.calibration import Knots, calibrated
from fullconv.locate.detections import Found
from fullconv.locate.dimensions import Dimensions
from fullconv.locate.peaks.cells import Cells, Doubles, Indices
from fullconv.locate.peaks.extent import tight_box
from fullconv.locate.peaks.framing import as_seen, at_their_size, nearer_to_usual, shares_of
from fullconv.locate.peaks.ladder import Ladder
from fullconv.locate.peaks.odds import probability
from fullconv.locate.peaks.places import MOST, peaks_of
from fullconv.locate.peaks.scale import across_levels
from fullconv.locate.peaks.suppression import kept, without_parts

FloatArray = npt.NDArray[np.float32]
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
class _Candidates:
    """Candidates over all levels, as arrays; `centres` (n, 2) and `frames` (n, 2) in pixels `(y, x)`.

    `scales` (n,) are their sizes, 1 being that of the training images.
    """

    labels: Indices
    odds: Doubles
    centres: Doubles
    frames: Doubles
    scales: Doubles

    def of(self, which: Indices) -> "_Candidates":
        """Return some of them."""
        rest = (self.odds[which], self.centres[which], self.frames[which], self.scales[which])
        return _Candidates(self.labels[which], *rest)

    def boxes(self) -> Doubles:
        """Return frames `[x, y, w, h]` (n, 4) in pixels."""
        low = self.centres - self.frames / 2
        return np.concatenate([low[:, ::-1], self.frames[:, ::-1]], axis=1)


def objects_of(
    images: FloatArray, cells: Cells, ladder: Ladder, window: float, how: Reading, look: Look | None = None
) -> list[list[Found]]:
    """Return the objects of images (N, H, W, C), from the highest down; `window` is a frame's height.

    A second `look` at what may count tells more of its size, and its shape.
    """
    peaks = peaks_of(cells, how.background, how.floor, how.reach, 2 * MOST, len(ladder))
    growth, odds = across_levels(cells, ladder, peaks, how.reach)
    windows = ladder.frames(peaks.maps) * growth[:, np.newaxis]
    own = windows * shares_of(how.dimensions, peaks.labels)
    if look is not None:
        (likely,) = np.nonzero(probability(odds) >= how.floor)
        own[likely] = as_seen(own[likely], look(peaks.maps[likely], peaks.rows[likely], peaks.cols[likely]))
    odds = at_their_size(odds, peaks.labels, own, how.dimensions)
    own = nearer_to_usual(peaks.labels, own, how.dimensions)
    centres, scales = ladder.centres(peaks.maps, peaks.place), windows[:, 0] / window
    every = _Candidates(peaks.labels, odds, centres, windows if how.tight else own, scales)
    order = np.argsort(-odds, kind="stable")
    owner = peaks.maps[order] // len(ladder)
    return [_objects(image, every.of(order[owner == index][:MOST]), how) for index, image in enumerate(images)]


def _objects(image: FloatArray, candidates: _Candidates, how: Reading) -> list[Found]:
    """Return the objects of one image (H, W, C) among candidates, strongest first."""
    frames = candidates.boxes()
    labels = candidates.labels
    # Before anything goes: a part may be surer than its whole.
    odds = without_parts(frames, candidates.odds, labels, of_others=True)
    order = np.argsort(-odds, kind="stable")
    staying = order[kept(frames[order], how.overlap)]
    # One of the same class that is a little larger was the same object, and has gone.
    odds = without_parts(frames[staying], odds[staying], labels[staying], of_others=False)
    order = np.argsort(-odds, kind="stable")
    order = order[probability(odds[order]) >= how.floor]
    found, scores = candidates.of(staying[order]), calibrated(probability(odds[order]), how.calibration)
    boxes = _inside(image, frames[staying[order]], how.tight)
    # Two frames around one object may differ in size and yet hold the same ink.
    separate = kept(boxes, how.overlap) if how.tight else np.arange(len(boxes))
    # The outermost cells see the repeated edge alone: what they name lies outside the image.
    separate = separate[boxes[separate, 2:].min(axis=1, initial=np.inf) > 0]
    columns = (found.labels, scores, boxes, found.scales)
    return [
        Found(label, score, (x, y, width, height), scale)
        for label, score, (x, y, width, height), scale in zip(*(one[separate].tolist() for one in columns), strict=True)
    ]


def _inside(image: FloatArray, frames: Doubles, tight: bool) -> Doubles:
    """Return objects' boxes (n, 4), cut at the image's border: no object's own reaches beyond it."""
    boxes = np.array([tight_box(image, frame) for frame in frames]).reshape(-1, 4) if tight else frames
    corner = np.array([image.shape[1], image.shape[0]])
    low, high = np.clip(boxes[:, :2], 0, corner), np.clip(boxes[:, :2] + boxes[:, 2:], 0, corner)
    return np.concatenate([low, high - low], axis=1)
