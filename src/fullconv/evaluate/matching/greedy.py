"""Which detection found which object: greedy by score, as in the COCO protocol.

Source: Lin et al. 2014, Microsoft COCO, and its evaluation code. All groups (an image and category, or an image) take
their next best detection in the same step, at every threshold and range of areas at once.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fullconv.evaluate.matching.overlap import Measure, Pairs, candidate_pairs
from fullconv.evaluate.tables import Flags, Floats, Found, Ints, Objects

WRONG, RIGHT, IGNORED = 0, 1, 2
THRESHOLDS = np.linspace(0.5, 0.95, 10)
# Pixels²; both ends belong to a range, as in the COCO tools.
AREAS = {"all": (0.0, 1e10), "small": (0.0, 32.0**2), "medium": (32.0**2, 96.0**2), "large": (96.0**2, 1e10)}
_NONE = -1


@dataclass(frozen=True)
class Matches:
    """What became of every detection, group by group and from the highest score down.

    `order` (D,) holds places in the table of detections and `rank` (D,) the place in the group; `verdict`
    (D, A, T) is WRONG, RIGHT or IGNORED for each range of areas and threshold, `target` (D,) the object that was
    taken at the first of each, else -1; `wanted` (M, A) marks the objects that are to be found.
    """

    order: Ints
    rank: Ints
    verdict: npt.NDArray[np.int8]
    target: Ints
    wanted: Flags


def match(
    found: Found,
    objects: Objects,
    groups: Ints,
    object_groups: Ints,
    measure: Measure,
    thresholds: Floats,
    areas: list[tuple[float, float]],
) -> Matches:
    """Give each detection the unmatched object of its group that it fits best, from the highest score down.

    Objects that are crowds or outside a range of areas (pixels²) are taken only when no other fits, and then the
    detection is ignored; so is a detection without an object whose own area lies outside the range.
    """
    order = np.lexsort((-found.score, groups))
    ignored = _ignored(objects, areas)
    outside = _outside(found.box[:, 2] * found.box[:, 3], areas)
    verdict = np.where(outside, np.int8(IGNORED), np.int8(WRONG))[order][:, :, None].repeat(len(thresholds), 2)
    target = np.full(len(order), _NONE)
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    least = float(thresholds.min())
    for _, pairs in candidate_pairs(found, order, groups, objects, object_groups, measure, least):
        if len(pairs.detection) == 0:
            continue
        who, taken = _greedy(pairs, groups, ignored, objects.crowd, thresholds)
        rows = place[who]
        passed = np.where(ignored[taken, np.arange(len(areas))[:, None]], np.int8(IGNORED), np.int8(RIGHT))
        verdict[rows] = np.where(taken == _NONE, verdict[rows], passed)
        target[rows] = taken[:, 0, 0]
    return Matches(order, _ranks(groups[order]), verdict, target, ~ignored)


def _greedy(pairs: Pairs, groups: Ints, ignored: Flags, crowd: Flags, thresholds: Floats) -> tuple[Ints, Ints]:
    """Return the detections that have a pair (n,) and the object each takes (n, A, T), -1 for none."""
    who, start, count = np.unique(pairs.detection, return_index=True, return_counts=True)
    by_place = np.argsort(start)
    who, start, count = who[by_place], start[by_place], count[by_place]
    rank = _ranks(groups[who])
    used, local = np.unique(pairs.object, return_inverse=True)
    shape = (len(used), ignored.shape[1], len(thresholds))
    state = np.zeros(shape, dtype=bool)
    passed_over, again = ignored[used][:, :, None], crowd[used][:, None, None]
    least = np.minimum(thresholds, 1 - 1e-10)
    taken = np.full((len(who), *shape[1:]), _NONE)
    by_rank = np.argsort(rank, kind="stable")
    for rows in np.split(by_rank, np.flatnonzero(np.diff(rank[by_rank])) + 1):
        choice = np.full((len(rows), *shape[1:]), _NONE)
        for second_choice in (False, True):
            for nth in range(int(count[rows].max())):
                has = nth < count[rows]
                pair = np.where(has, start[rows] + nth, 0)
                one = local[pair]
                free = ~state[one] | again[one]
                fits = (pairs.value[pair][:, None] >= least)[:, None, :] & has[:, None, None]
                chosen = fits & free & (passed_over[one] == second_choice) & (choice == _NONE)
                choice = np.where(chosen, one[:, None, None], choice)
        row, area, threshold = np.nonzero(choice != _NONE)
        state[choice[row, area, threshold], area, threshold] = True
        taken[rows] = choice
    return who, np.where(taken == _NONE, _NONE, used[taken])


def _ranks(groups: Ints) -> Ints:
    """Return how many entries of the same group stand before each; equal groups stand together."""
    first = np.r_[True, np.diff(groups) != 0] if len(groups) else np.zeros(0, dtype=bool)
    starts = np.flatnonzero(first)
    return np.arange(len(groups)) - np.repeat(starts, np.diff(np.append(starts, len(groups))))


def _outside(area: Floats, areas: list[tuple[float, float]]) -> Flags:
    return np.stack([(area < low) | (area > high) for low, high in areas], axis=1)


def _ignored(objects: Objects, areas: list[tuple[float, float]]) -> Flags:
    return _outside(objects.area, areas) | objects.crowd[:, None]
