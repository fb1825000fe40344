"""A finder on scenes of crops that were held out: what its scores are worth, and from which one on they count."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from fullconv.data.arrays import Arrays
from fullconv.data.scenes.coco import coco_of
from fullconv.data.scenes.mosaics import crop_scenes
from fullconv.data.scenes.scene import Scene
from fullconv.evaluate.annotations import Detection
from fullconv.evaluate.matching.greedy import IGNORED, RIGHT
from fullconv.evaluate.meter import Meter
from fullconv.evaluate.metrics.operating import best_threshold
from fullconv.locate.calibration import Knots, calibrated
from fullconv.locate.detections import results
from fullconv.locate.finder import Finder
from fullconv.locate.located import Located
from fullconv.locate.peaks.reader import PeakReader

_IMAGES = 24
_TOGETHER = 4  # scenes, all of one size
_LEAST = 10  # detections, right and wrong ones each, that make a calibration; objects that make a class's threshold
_KNOTS = 12


@dataclass(frozen=True, eq=False)
class Measured:
    """Scenes with known objects, as images and in COCO form, what was found there, and the meter of it all."""

    scenes: Sequence[Scene]
    coco: dict[str, Any]
    found: list[Detection]
    meter: Meter


def held_out_scenes(arrays: Arrays, seed: int) -> list[Scene]:
    """Return scenes of the test crops."""
    return crop_scenes(arrays, "validation", _IMAGES, seed, validation_share=1.0)


def searched(finder: Finder, scenes: Sequence[Scene]) -> list[Located]:
    """Return what a finder finds in scenes of one size.

    Raises:
        InputError: scenes that are smaller than its window at every level.
    """
    reader = PeakReader(finder)
    found: list[Located] = []
    for start in range(0, len(scenes), _TOGETHER):
        images = np.stack([one.image for one in scenes[start : start + _TOGETHER]])
        found += reader(images.astype(np.float32) / np.float32(255))
    return found


def measured(finder: Finder, scenes: Sequence[Scene], found: Sequence[Located], knots: Knots = ()) -> Measured:
    """Return what was found in scenes, measured; `knots` make probabilities of its scores."""
    coco = coco_of(scenes, finder.channels.classes)
    meter = Meter(coco, {one.category: label for label, one in enumerate(finder.sought)}, finder.channels.background)
    every: list[Detection] = []
    for number, located in enumerate(found, start=1):
        scores = calibrated(np.array([one.score for one in located.objects]), knots).tolist()
        objects = [replace(one, score=score) for one, score in zip(located.objects, scores, strict=True)]
        meter.add(number, located.scores, located.geometry, results(objects, number))
        every += results(objects, number)
    return Measured(scenes, coco, every, meter)


def calibration_of(finder: Finder, scenes: Sequence[Scene]) -> tuple[Knots, Measured]:
    """Return what makes scores say how often they are right in such scenes, and what is found there with it.

    Raises:
        InputError: as `searched`.
    """
    found = searched(finder, scenes)
    knots = knots_of(measured(finder, scenes, found).meter)
    return knots, measured(finder, scenes, found, knots)


def knots_of(meter: Meter) -> Knots:
    """Return by which probabilities detections' scores are replaced: how often such scores are right, never falling.

    Isotonic regression (Zadrozny and Elkan, 2002). None where too few detections are right, or wrong.
    """
    from sklearn.isotonic import IsotonicRegression

    judgement = meter.judged(0.0)
    verdict = judgement.verdict(judgement.by_iou)
    counted = verdict != IGNORED
    scores, right = judgement.found.score[counted], (verdict[counted] == RIGHT).astype(np.float64)
    if min(right.sum(), (1 - right).sum()) < _LEAST:
        return ()
    fit = IsotonicRegression(y_min=0, y_max=1).fit(scores, right)
    raw = np.unique(np.quantile(scores, np.linspace(0.02, 0.98, _KNOTS)).round(4))
    return tuple((float(a), float(b)) for a, b in zip(raw, fit.predict(raw).clip(0.001, 0.999).round(4), strict=True))


def thresholds_of(meter: Meter) -> tuple[float, ...]:
    """Return from which score on a detection of each category counts: the best F1 at IoU .5.

    A class of few objects has the threshold of all classes together.
    """
    judgement = meter.judged(0.0)
    verdict, found, objects = judgement.verdict(judgement.by_iou), judgement.found, judgement.truth.objects
    together = meter.best_threshold()
    chosen = []
    for category in range(len(judgement.truth.categories)):
        wanted = int(((objects.category == category) & ~objects.crowd).sum())
        mine = found.category == category
        chosen.append(best_threshold(verdict[mine], found.score[mine], wanted) if wanted >= _LEAST else together)
    return tuple(round(float(one), 4) for one in chosen)
