"""Held-out objects that are laid into scenes: from which score on a detection counts, and what a score means.

Scenes of one's own hold objects that nobody labelled, so that what is found there beside the laid ones may be right or
wrong. Of the laid ones it is known which are found, and with which score: as if some fish of a pond were marked.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fullconv.data.scenes.scene import Scene
from fullconv.evaluate.matching.overlap import iou
from fullconv.locate.calibration import Knots
from fullconv.locate.located import Located

Floats = npt.NDArray[np.float64]

_RIGHT = 0.5  # overlap from which a laid object is found
# Of the laid objects of a class, how many a threshold leaves out; no threshold lies lower than the other.
_MISSED, _LEAST = 0.1, 0.1
_FEW = 20  # objects of all classes that weigh as much as a class's own
_BINS = 10  # of scores, for a calibration; and how many detections it needs
_ENOUGH = 40


@dataclass(frozen=True, eq=False)
class Laid:
    """Scores of held-out objects that were laid into scenes, 0 of missed ones, and of all else that was found there.

    Of either, `(N,)` scores and `(N,)` classes.
    """

    scores: Floats
    labels: npt.NDArray[np.intp]
    other_scores: Floats
    other_labels: npt.NDArray[np.intp]


def laid(scenes: Sequence[Scene], found: Sequence[Located]) -> Laid:
    """Return with which scores the objects of scenes are found, and what else is found there."""
    scores: list[float] = []
    labels: list[int] = []
    others: list[tuple[float, int]] = []
    for scene, located in zip(scenes, found, strict=True):
        boxes = np.array([one.bbox for one in located.objects], np.float64).reshape(-1, 4)
        true = np.array([one.bbox for one in scene.objects], np.float64).reshape(-1, 4)
        overlap = _overlaps(boxes, true)
        alike = [[one.label == each.label for each in scene.objects] for one in located.objects]
        hits = (overlap >= _RIGHT) & np.array(alike, bool).reshape(overlap.shape)
        known = np.array([one.score for one in located.objects])
        scores += [float(known[hits[:, at]].max(initial=0.0)) for at in range(len(true))]
        labels += [one.label for one in scene.objects]
        apart = np.flatnonzero(~(overlap > 0).any(axis=1))
        others += [(located.objects[at].score, located.objects[at].label) for at in apart.tolist()]
    beside = np.array(others, np.float64).reshape(-1, 2)
    return Laid(np.array(scores), np.array(labels, np.intp), beside[:, 0], beside[:, 1].astype(np.intp))


def _overlaps(boxes: Floats, true: Floats) -> Floats:
    """Return the intersection over union (n, m) of every box (n, 4) with every true one (m, 4)."""
    pairs = np.repeat(boxes, len(true), axis=0), np.tile(true, (len(boxes), 1))
    overlap, _ = iou(*pairs, np.zeros(len(pairs[0]), bool))
    return overlap.reshape(len(boxes), len(true))


def thresholds_of(objects: Laid, classes: int) -> tuple[float, ...]:
    """Return from which score on a detection of each class counts: what all but a share of the laid objects reach.

    A class of few objects leans on all of them.
    """
    every = _reached(objects.scores)
    chosen = []
    for label in range(classes):
        own = objects.scores[objects.labels == label]
        share = len(own) / (len(own) + _FEW)
        chosen.append(share * _reached(own) + (1 - share) * every)
    return tuple(round(max(_LEAST, one), 4) for one in chosen)


def _reached(scores: Floats) -> float:
    return float(np.quantile(scores, _MISSED)) if len(scores) else 0.5


def knots_of(objects: Laid, thresholds: Sequence[float]) -> Knots:
    """Return which probabilities scores stand for in scenes with unlabelled objects; none where little is found there.

    At their thresholds as many detections are taken to be wrong as objects are missed, so that there are about as many
    objects as detections from there on. Their scores are spread as those of the laid ones; the rest is wrong.
    """
    from sklearn.isotonic import IsotonicRegression

    count = float((objects.other_scores >= np.array(thresholds)[objects.other_labels]).sum())
    if min(count, len(objects.scores)) < _ENOUGH:
        return ()
    # Rounded first: knots that a file cannot tell apart would not be read again.
    edges = np.unique(np.quantile(objects.other_scores, np.linspace(0, 1, _BINS + 1)).round(4))
    if len(edges) < 2:
        return ()
    found, _ = np.histogram(objects.other_scores.clip(edges[0], edges[-1]), edges)
    # What scores more than all else there is as likely as the best of it.
    true, _ = np.histogram(np.minimum(objects.scores, edges[-1]), edges)
    likely = np.minimum(1.0, count * true / len(objects.scores) / np.maximum(found, 1))
    middles = (edges[1:] + edges[:-1]) / 2
    rising = IsotonicRegression(y_min=0, y_max=1).fit_transform(middles, likely, sample_weight=found)
    return tuple(
        (round(float(a), 5), round(float(b), 4)) for a, b in zip(middles, rising.clip(0.001, 0.999), strict=True)
    )
