"""Held-out objects that are laid into scenes: from which score on a detection counts, and what a score means.

Scenes of one's own hold objects that nobody labelled, so that what is found there beside the laid ones may be right or
wrong. Of the laid ones it is known which are found, and with which score: as if some fish of a pond were marked.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fullconv.data.scenes.scene import Scene
from fullconv.locate.calibration import Knots
from fullconv.locate.located import Located

Floats = npt.NDArray[np.float64]

_RIGHT = 0.5  # of a laid object's sides, the middle in which the centre of what finds it lies
_COVERED = 0.1  # share of an object from which what lies on it hides it
# Of the laid objects of a class, how many a threshold leaves out; no threshold lies lower than the other.
_MISSED, _LEAST = 0.1, 0.1
_FEW = 20  # objects of all classes that weigh as much as a class's own
_TRIED = np.arange(_LEAST, 0.9, 0.01)  # thresholds
_WIDTH = 0.05  # of the bell that scores are smoothed by
_HEAP = 0.3  # score from which a detection may be an object, for all that is known beforehand
_FLAT = 0.05  # what a density counts for at least, as a share of a class's heap
_BINS = 10  # of scores, for a calibration; and how many detections it needs
_ENOUGH = 40


@dataclass(frozen=True, eq=False)
class Scores:
    """Scores `(N,)` of detections, or of objects, 0 of those that nothing found, and their classes `(N,)`."""

    scores: Floats
    labels: npt.NDArray[np.intp]

    def of(self, label: int) -> Floats:
        """Return the scores of one class."""
        own: Floats = self.scores[self.labels == label]
        return own


def seen(found: Sequence[Located]) -> Scores:
    """Return what was found in pictures."""
    return _scores([(one.score, one.label) for located in found for one in located.objects])


def _scores(pairs: Sequence[tuple[float, int]]) -> Scores:
    scores, labels = np.array(pairs, np.float64).reshape(-1, 2).T
    return Scores(scores, labels.astype(np.intp))


def laid(scenes: Sequence[Scene], found: Sequence[Located]) -> Scores:
    """Return with which scores the objects of scenes are found.

    One that another lies on does not count: how much of those in scenes is hidden nobody knows.
    """
    objects: list[tuple[float, int]] = []
    for scene, located in zip(scenes, found, strict=True):
        boxes = np.array([one.bbox for one in located.objects], np.float64).reshape(-1, 4)
        true = np.array([one.bbox for one in scene.objects], np.float64).reshape(-1, 4)
        labels, scores = np.array([(one.label, one.score) for one in located.objects]).reshape(-1, 2).T
        own = np.array([one.label for one in scene.objects], np.intp)
        right = _in_the_middle(boxes, true) & (labels[:, np.newaxis] == own)
        best = np.where(right, scores[:, np.newaxis], 0).max(axis=0, initial=0)
        shown = ~_hidden(true)
        objects += zip(best[shown].tolist(), own[shown].tolist(), strict=True)
    return _scores(objects)


def _in_the_middle(boxes: Floats, true: Floats) -> npt.NDArray[np.bool_]:
    """Return of every box (n, 4) and every true one (m, 4) whether the centre lies in the latter's inner half."""
    centres, middles = (one[:, :2] + one[:, 2:] / 2 for one in (boxes, true))
    off = np.abs(centres[:, np.newaxis] - middles)
    return np.asarray((off <= _RIGHT * true[:, 2:] / 2).all(axis=2), bool)


def _hidden(true: Floats) -> npt.NDArray[np.bool_]:
    """Return which objects (m, 4), each laid over those before it, another one lies on."""
    covered = np.triu(_shared(true, true), 1) / np.maximum(true[:, 2:].prod(axis=1), 1e-9)[:, np.newaxis]
    return np.asarray((covered > _COVERED).any(axis=1), bool)


def _shared(boxes: Floats, others: Floats) -> Floats:
    """Return the area (n, m) that boxes (n, 4) share with others (m, 4)."""
    low = np.maximum(boxes[:, np.newaxis, :2], others[:, :2])
    high = np.minimum((boxes[:, :2] + boxes[:, 2:])[:, np.newaxis], others[:, :2] + others[:, 2:])
    shared: Floats = np.maximum(0.0, high - low).prod(axis=2)
    return shared


def reached_by_most(objects: Scores, classes: int) -> tuple[float, ...]:
    """Return the score of each class that all but a tenth of the laid objects reach.

    A class of few objects leans on all of them.
    """
    every = _reached(objects.scores)
    chosen = []
    for label in range(classes):
        own = objects.of(label)
        share = _share(own)
        chosen.append(max(_LEAST, share * _reached(own) + (1 - share) * every))
    return tuple(chosen)


def _reached(scores: Floats) -> float:
    return float(np.quantile(scores, _MISSED)) if len(scores) else 0.5


def _share(own: Floats) -> float:
    return len(own) / (len(own) + _FEW)


def thresholds_of(objects: Scores, others: Scores, classes: int) -> tuple[float, ...]:
    """Return from which score on a detection of each class counts.

    What is found in scenes has two heaps of scores, the false alarms' and the objects': the threshold is where the
    valley between them is deepest, as far as it is deep: the heap beyond it being d times as high, all but 1/d²
    of the way there from what most laid objects reach.
    """
    usual, every = reached_by_most(objects, classes), _density(others.scores)
    chosen = []
    for label, otherwise in enumerate(usual):
        own = others.of(label)
        share = _share(own[own >= _HEAP])
        density = share * _density(own) + (1 - share) * every
        highest = np.maximum.accumulate(density[::-1])[::-1]
        depths = (highest + _FLAT) / (density + _FLAT)
        deepest = int(depths.argmax())
        chosen.append(otherwise + (1 - 1 / float(depths[deepest]) ** 2) * (float(_TRIED[deepest]) - otherwise))
    return tuple(round(one, 4) for one in chosen)


def _density(scores: Floats) -> Floats:
    """Return how dense scores are at each of what is tried, as a share of those that may be objects'."""
    heights = np.exp(-0.5 * ((_TRIED[:, np.newaxis] - scores) / _WIDTH) ** 2).sum(axis=1)
    density: Floats = heights / max(1, int((scores >= _HEAP).sum()))
    return density


def knots_of(objects: Scores, others: Scores, thresholds: Sequence[float]) -> Knots:
    """Return which probabilities scores stand for in scenes with unlabelled objects; none where little is found there.

    At their thresholds as many detections are taken to be wrong as objects are missed, so that there are about as many
    objects as detections from there on. Their scores are spread as those of the laid ones; the rest is wrong.
    """
    from sklearn.isotonic import IsotonicRegression

    count = float((others.scores >= np.array(thresholds)[others.labels]).sum())
    if min(count, len(objects.scores)) < _ENOUGH:
        return ()
    # Rounded first: knots that a file cannot tell apart would not be read again.
    edges = np.unique(np.quantile(others.scores, np.linspace(0, 1, _BINS + 1)).round(4))
    if len(edges) < 2:
        return ()
    found, _ = np.histogram(others.scores.clip(edges[0], edges[-1]), edges)
    # What scores more than all else there is as likely as the best of it.
    true, _ = np.histogram(np.minimum(objects.scores, edges[-1]), edges)
    likely = np.minimum(1.0, count * true / len(objects.scores) / np.maximum(found, 1))
    middles = (edges[1:] + edges[:-1]) / 2
    rising = IsotonicRegression(y_min=0, y_max=1).fit_transform(middles, likely, sample_weight=found)
    return tuple(
        (round(float(a), 5), round(float(b), 4)) for a, b in zip(middles, rising.clip(0.001, 0.999), strict=True)
    )
