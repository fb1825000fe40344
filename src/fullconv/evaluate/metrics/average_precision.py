"""Average precision and recall from matches, once or for many weightings of the images."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fullconv.evaluate.annotations import UNDEFINED
from fullconv.evaluate.matching.greedy import AREAS, IGNORED, RIGHT, Matches
from fullconv.evaluate.tables import Flags, Floats, Found, Ints, Objects

_RECALLS = np.linspace(0.0, 1.0, 101)
_MOST = 100  # detections of an image and category
_TIMES = 2  # as many as there are objects, where an image has more than COCO's
_TINY = float(np.spacing(1))


@dataclass(frozen=True)
class Ranking:
    """Everything about one category, from the highest score down.

    `verdict` (D, A, T), `image` and `score` (D,) of its detections; `wanted` (A, N) counts its objects in each
    image and range of areas.
    """

    verdict: npt.NDArray[np.int8]
    image: Ints
    score: Floats
    wanted: Ints


def most_counted(objects: int) -> int:
    """Return how many detections of an image and category count, where one has so many `objects` at the most.

    100, as the COCO protocol has it, which knows no image of more; of larger ones twice as many as there are.
    """
    return max(_MOST, _TIMES * objects)


def rankings(matches: Matches, found: Found, objects: Objects, images: int, categories: int) -> list[Ranking]:
    """Return the ranking of each category, with as many detections of each image as `most_counted` says."""
    crowds = np.bincount(objects.image * categories + objects.category, minlength=1)
    kept = matches.rank < most_counted(int(crowds.max()))
    order, verdict = matches.order[kept], matches.verdict[kept]
    # Among equal scores the earlier image counts first, as in the COCO tools.
    by_score = np.lexsort((matches.rank[kept], found.image[order], -found.score[order]))
    result = []
    for category in range(categories):
        mine = by_score[found.category[order[by_score]] == category]
        its = objects.category == category
        wanted = [np.bincount(objects.image[its & flags], minlength=images) for flags in matches.wanted.T]
        rows = order[mine]
        result.append(Ranking(verdict[mine], found.image[rows], found.score[rows], np.array(wanted)))
    return result


def precision_recall(verdict: npt.NDArray[np.int8], weights: Ints, wanted: Ints) -> tuple[Floats, Floats]:
    """Return average precision and highest recall, both (T, S), of one category under S weightings.

    `verdict` (D, T) from the highest score down, `weights` (D, S) how often each detection's image counts,
    `wanted` (S,) how many objects there are. NaN where there is none.
    """
    columns = (verdict.shape[1], weights.shape[1])
    if not (verdict == RIGHT).any():
        return _defined(np.zeros(columns), wanted), _defined(np.zeros(columns), wanted)
    precision, recall = np.zeros(columns), np.zeros(columns)
    objects = np.maximum(wanted, 1)
    least = _least_hits(objects)
    # Which detections are ignored is mostly the same at all thresholds: then so is how many are counted.
    before: Flags | None = None
    counted = np.empty((0, columns[1]), np.int64)
    for nth in range(columns[0]):
        kept, right = verdict[:, nth] != IGNORED, np.flatnonzero(verdict[:, nth] == RIGHT)
        if len(right) == 0:
            continue
        if before is None or not np.array_equal(kept, before):
            counted, before = np.cumsum(weights if kept.all() else weights * kept[:, None], axis=0), kept
        # Only right detections raise the recall, so precision matters at them alone.
        hits = np.cumsum(weights[right], axis=0)
        envelope = np.maximum.accumulate((hits / (counted[right] + _TINY))[::-1], axis=0)[::-1]
        beyond = np.vstack([envelope, np.zeros((1, columns[1]))])
        precision[nth] = np.take_along_axis(beyond, _first_reaching(hits, least), axis=0).mean(axis=0)
        recall[nth] = hits[-1] / objects
    return _defined(precision, wanted), _defined(recall, wanted)


def _least_hits(objects: Ints) -> Ints:
    """Return the fewest hits (101, S) whose share of the objects (S,) reaches each recall, as floats compare."""
    least: Ints = np.ceil(_RECALLS[:, None] * objects).astype(np.int64)
    least -= (least - 1) / objects >= _RECALLS[:, None]
    least += least / objects < _RECALLS[:, None]
    return least


def _first_reaching(hits: Ints, least: Ints) -> Ints:
    """Return the first row of `hits` (R, S), which rise, that reaches each of `least` (101, S); R for none."""
    rows, columns = hits.shape
    # All columns one after the other, far enough apart to be searched at once, and in the order in which they lie.
    apart = np.arange(columns) * (max(int(hits.max()), int(least.max())) + 1)
    found = np.searchsorted((hits + apart).T.ravel(), (least + apart).T.ravel()).reshape(columns, -1)
    # Back in the order of `least`, for what is taken from there is summed in the order in which it lies.
    first: Ints = np.ascontiguousarray(found.T) - np.arange(columns) * rows
    return first


def average_precisions(ranked: list[Ranking]) -> dict[str, float]:
    """Return AP, AP50, AP75, AR and AP_small, AP_medium, AP_large, -1 for a range of areas without an object."""
    values: dict[str, float] = {}
    for place, name in enumerate(AREAS):
        parts = [
            precision_recall(
                one.verdict[:, place], np.ones((len(one.image), 1), np.int64), one.wanted[place].sum(keepdims=True)
            )
            for one in ranked
        ]
        precision = np.array([part[0][:, 0] for part in parts]).reshape(-1, 10)
        recall = np.array([part[1][:, 0] for part in parts]).reshape(-1, 10)
        if name == "all":
            values |= {"AP": _mean(precision), "AP50": _mean(precision[:, 0]), "AP75": _mean(precision[:, 5])}
            values |= {"AR": _mean(recall)}
        else:
            values[f"AP_{name}"] = _mean(precision)
    return values


def precision_curve(ranked: list[Ranking], threshold: int) -> list[float]:
    """Return the precision at recalls 0, .01, …, 1, the mean over categories with objects; empty without one.

    `threshold` is a place among the IoU thresholds .50, .55, …, .95.
    """
    curves = []
    for one in ranked:
        wanted = int(one.wanted[0].sum())
        if wanted:
            judged = one.verdict[:, 0, threshold]
            right = judged[judged != IGNORED] == RIGHT
            hits = np.cumsum(right)
            precision = hits / np.arange(1, len(right) + 1)
            envelope = np.maximum.accumulate(precision[::-1])[::-1]
            curves.append(np.append(envelope, 0.0)[np.searchsorted(hits / wanted, _RECALLS)])
    return [float(value) for value in np.mean(curves, axis=0)] if curves else []


def _defined(values: Floats, wanted: Ints) -> Floats:
    return np.where(wanted > 0, values, np.nan)


def _mean(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else UNDEFINED
