"""Which detections could stand for which objects, and how well they lie."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from fullconv.evaluate.tables import Flags, Floats, Found, Ints, Objects

# Pairs of one piece of work: bounds the memory whatever the set's size.
_PAIRS = 400_000


@dataclass(frozen=True)
class Pairs:
    """Detections and objects of one group that may match: ordered by detection, best first.

    `detection` and `object` (P,) are places in the set's tables, `value` (P,) is the overlap that thresholds are
    compared with.
    """

    detection: Ints
    object: Ints
    value: Floats


Measure = Callable[[Floats, Floats, Flags], tuple[Floats, Floats]]


def iou(found: Floats, truth: Floats, crowd: Flags) -> tuple[Floats, Floats]:
    """Return the IoU of boxes (P, 4) pair by pair, twice: as the value and as the preference.

    On a crowd the overlap is the share of the detection that lies in it, as in the COCO protocol.
    """
    low = np.maximum(found[:, :2], truth[:, :2])
    high = np.minimum(found[:, 2:] + found[:, :2], truth[:, 2:] + truth[:, :2])
    side = np.maximum(high - low, 0.0)
    shared = side[:, 0] * side[:, 1]
    own = found[:, 2] * found[:, 3]
    # A flat box of truth shares nothing with anything; every detection has a size.
    value: Floats = shared / np.where(crowd, own, own + truth[:, 2] * truth[:, 3] - shared)
    return value, value


def centre_in_box(found: Floats, truth: Floats, crowd: Flags) -> tuple[Floats, Floats]:
    """Return 1 where a detection's centre lies in or on the border of the box, else 0, and the negative distance.

    The preference is minus the distance of the two centres in pixels.
    """
    place = found[:, :2] + found[:, 2:] / 2
    inside = np.all((truth[:, :2] <= place) & (place <= truth[:, :2] + truth[:, 2:]), axis=1)
    away = np.hypot(*(place - truth[:, :2] - truth[:, 2:] / 2).T)
    reach: Floats = -away
    return np.where(inside, 1.0, 0.0), reach


def candidate_pairs(
    found: Found, order: Ints, groups: Ints, objects: Objects, object_groups: Ints, measure: Measure, least: float
) -> Iterator[tuple[Ints, Pairs]]:
    """Yield pieces of `order` (whole groups) with the pairs whose value reaches `least`.

    `order` lists detections group by group, in each from the highest score down; `groups` and `object_groups`
    number the group of every detection and object. Among equal preferences the later object comes first, as in
    the COCO protocol.
    """
    by_group = np.argsort(object_groups, kind="stable")
    sorted_groups = object_groups[by_group]
    mine = groups[order]
    start = np.searchsorted(sorted_groups, mine, "left")
    count = np.searchsorted(sorted_groups, mine, "right") - start
    for low, high in _pieces(mine, count):
        piece, many = order[low:high], count[low:high]
        row = np.repeat(np.arange(len(piece)), many)
        within = np.arange(len(row)) - np.repeat(np.cumsum(many) - many, many)
        truth = by_group[start[low:high][row] + within]
        value, preference = measure(found.box[piece[row]], objects.box[truth], objects.crowd[truth])
        near = value >= least
        row, truth, value, preference = row[near], truth[near], value[near], preference[near]
        best = np.lexsort((-truth, -preference, row))
        yield piece, Pairs(piece[row[best]], truth[best], value[best])


def _pieces(groups: Ints, count: Ints) -> Iterator[tuple[int, int]]:
    ends = np.append(np.flatnonzero(np.diff(groups)) + 1, len(groups)) if len(groups) else np.empty(0, np.int64)
    total = np.cumsum(count + 1)
    low = 0
    while low < len(groups):
        reach = np.searchsorted(total, (total[low - 1] if low else 0) + _PAIRS, "right")
        place = np.searchsorted(ends, reach, "right") - 1
        high = int(ends[place]) if place >= 0 and ends[place] > low else int(ends[np.searchsorted(ends, low, "right")])
        yield low, high
        low = high
