"""One box per object, from the peaks of an image's cells."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fullconv.locate.detections import Found
from fullconv.locate.peaks.cells import Cells, Doubles, Indices
from fullconv.locate.peaks.extent import tight_box
from fullconv.locate.peaks.ladder import Ladder
from fullconv.locate.peaks.odds import probability
from fullconv.locate.peaks.places import MOST, peaks_of
from fullconv.locate.peaks.scale import across_levels
from fullconv.locate.peaks.suppression import kept, without_parts

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Reading:
    """How cells are read: the background's channel, the lowest probability, a peak's reach in cells, overlap, boxes."""

    background: int | None
    floor: float
    reach: tuple[int, int]
    overlap: float
    tight: bool


@dataclass(frozen=True)
class _Candidates:
    """Candidates of one image over all levels, as arrays; `centres` (n, 2) and `frames` (n, 2) in pixels `(y, x)`."""

    labels: Indices
    odds: Doubles
    centres: Doubles
    frames: Doubles

    def boxes(self) -> Doubles:
        """Return frames `[x, y, w, h]` (n, 4) in pixels."""
        low = self.centres - self.frames / 2
        return np.concatenate([low[:, ::-1], self.frames[:, ::-1]], axis=1)


def objects_of(image: FloatArray, cells: Cells, ladder: Ladder, window: float, how: Reading) -> list[Found]:
    """Return the objects of an image (H, W, C), from the highest probability down; `window` is a frame's height."""
    candidates = _candidates(cells, ladder, how)
    frames = candidates.boxes()
    staying = kept(frames, how.overlap)
    odds = without_parts(frames[staying], candidates.odds[staying])
    order = np.argsort(-odds, kind="stable")
    order = order[probability(odds[order]) >= how.floor]
    staying, scores = staying[order], probability(odds[order])
    boxes = _inside(image, frames[staying], how.tight)
    scales = candidates.frames[staying, 0] / window
    # Two frames around one object may differ in size and yet hold the same ink.
    separate = kept(boxes, how.overlap) if how.tight else np.arange(len(boxes))
    # The outermost cells see the repeated edge alone: what they name lies outside the image.
    separate = separate[boxes[separate, 2:].min(axis=1, initial=np.inf) > 0]
    columns = (candidates.labels[staying], scores, boxes, scales)
    labels, scores_, boxes_, scales_ = (column[separate].tolist() for column in columns)
    return [
        Found(label, score, (x, y, width, height), scale)
        for label, score, (x, y, width, height), scale in zip(labels, scores_, boxes_, scales_, strict=True)
    ]


def _candidates(cells: Cells, ladder: Ladder, how: Reading) -> _Candidates:
    peaks = peaks_of(cells, how.background, how.floor, how.reach, 2 * MOST)
    growth, odds = across_levels(cells, ladder, peaks, how.reach)
    frames = ladder.object_size[peaks.levels] * growth[:, np.newaxis]
    order = np.argsort(-odds, kind="stable")[:MOST]
    centres = ladder.centres(peaks.levels, peaks.place)
    return _Candidates(peaks.labels[order], odds[order], centres[order], frames[order])


def _inside(image: FloatArray, frames: Doubles, tight: bool) -> Doubles:
    """Return objects' boxes (n, 4), cut at the image's border: no object's own reaches beyond it."""
    boxes = np.array([tight_box(image, frame) for frame in frames]).reshape(-1, 4) if tight else frames
    corner = np.array([image.shape[1], image.shape[0]])
    low, high = np.clip(boxes[:, :2], 0, corner), np.clip(boxes[:, :2] + boxes[:, 2:], 0, corner)
    return np.concatenate([low, high - low], axis=1)
