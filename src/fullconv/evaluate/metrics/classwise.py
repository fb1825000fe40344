"""One class at a time: how well it is found, what it is taken for, how far its sizes are off."""

from dataclasses import dataclass

import numpy as np

from fullconv.evaluate.annotations import UNDEFINED
from fullconv.evaluate.matching.greedy import RIGHT
from fullconv.evaluate.metrics.average_precision import precision_recall
from fullconv.evaluate.metrics.confusion import confusion_counts
from fullconv.evaluate.metrics.judgement import Judgement
from fullconv.evaluate.metrics.nearby import astray_flags, size_ratios, touching_flags
from fullconv.evaluate.tables import Flags, Floats


@dataclass(frozen=True)
class ClassFigures:
    """A class of a set: -1 where there is nothing to measure.

    `right` detections overlap their object by half, `central` ones have their centre in it. `size` is the median of
    log(found side / true side) of the central ones; 0 means that sizes are right. `side` is the usual true side in
    pixels, √(height·width). `astray` detections have their centre in no object, of whatever class.
    """

    name: str
    objects: int
    found: int
    right: int
    central: int
    AP50: float
    size: float
    side: float = UNDEFINED
    astray: int = 0

    @property
    def precision(self) -> float:
        """The share of detections that are right."""
        return self.right / self.found if self.found else UNDEFINED

    @property
    def recall(self) -> float:
        """The share of objects that are found."""
        return self.right / self.objects if self.objects else UNDEFINED


@dataclass(frozen=True)
class SetFigures:
    """All classes of a set at a threshold; `confusion` (C + 1, C + 1) as `confusion_counts` has it.

    `touching` is the share of all objects whose box overlaps another's, `touching_missed` that of the missed ones.
    """

    classes: tuple[ClassFigures, ...]
    confusion: tuple[tuple[int, ...], ...]
    images: int
    threshold: float
    touching: float
    touching_missed: float
    ece: float = UNDEFINED  # calibration error
    F1: float = UNDEFINED  # at the threshold, IoU .5
    best: tuple[float, float] = (UNDEFINED, UNDEFINED)  # the threshold with the highest F1 on this set, and that F1


def set_figures(judgement: Judgement, each: Floats, threshold: float) -> SetFigures:
    """Return the figures of every class that a set has a category of; a detection counts from its own threshold on.

    `each` (D,) are these, `threshold` is what is told of them: the one that all have in common, or -1.
    """
    found, objects, names = judgement.found, judgement.truth.objects, judgement.truth.names
    kept, category = judgement.kept(each), found.category
    right = judgement.verdict(judgement.by_iou) == RIGHT
    central = judgement.verdict(judgement.by_centre) == RIGHT
    ratios, astray = size_ratios(judgement), astray_flags(judgement)
    classes = []
    for place, name in enumerate(names):
        mine = kept & (category == place)
        sizes = ratios[mine & central]
        classes.append(
            ClassFigures(
                name,
                int((~objects.crowd & (objects.category == place)).sum()),
                int(mine.sum()),
                int((mine & right).sum()),
                int((mine & central).sum()),
                _average_precision(judgement, place),
                float(np.median(sizes)) if len(sizes) else 0.0,
                _usual_side(judgement, place),
                int((mine & astray).sum()),
            )
        )
    confusion = confusion_counts(found, objects, judgement.any_category, kept, len(names))
    touching, missed = touching_flags(judgement), _missed(judgement, kept)
    return SetFigures(
        tuple(classes),
        tuple(tuple(int(count) for count in row) for row in confusion),
        len(judgement.truth.images),
        threshold,
        _share(touching[~objects.crowd]),
        _share(touching[missed]),
    )


def _usual_side(judgement: Judgement, place: int) -> float:
    box = judgement.truth.objects.box[judgement.truth.objects.category == place]
    return float(np.median(np.sqrt(box[:, 2] * box[:, 3]))) if len(box) else UNDEFINED


def _average_precision(judgement: Judgement, place: int) -> float:
    ranking = judgement.ranked[place]
    once = np.ones((len(ranking.image), 1), np.int64)
    precision, _ = precision_recall(ranking.verdict[:, 0], once, ranking.wanted[0].sum(keepdims=True))
    value = float(precision[0, 0])
    return UNDEFINED if np.isnan(value) else value


def _missed(judgement: Judgement, kept: Flags) -> Flags:
    matches, objects = judgement.any_category, judgement.truth.objects
    missed: Flags = ~objects.crowd
    targets = matches.target[kept[matches.order]]
    missed[targets[targets >= 0]] = False
    return missed


def _share(flags: Flags) -> float:
    return float(flags.mean()) if len(flags) else UNDEFINED
