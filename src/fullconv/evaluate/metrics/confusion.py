"""What objects were taken for, and which were missed, by class and by size."""

import numpy as np

from fullconv.evaluate.matching.greedy import IGNORED, Matches
from fullconv.evaluate.tables import Flags, Found, Ints, Objects

# Sides in pixels, the square root of a box's area: each size reaches from one to below the next.
_SIDES = (0.0, 16.0, 24.0, 32.0, 48.0, 64.0, 96.0, 128.0)


def confusion_counts(found: Found, objects: Objects, matches: Matches, kept: Flags, categories: int) -> Ints:
    """Return counts (C + 1, C + 1): rows the true category, the last "nothing there"; columns what was detected,
    the last "missed".

    `matches` are of any category with any, `kept` (D,) marks the detections that reach the threshold.
    """
    truth, said, missed = _outcomes(found, objects, matches, kept, categories)
    counts = np.zeros((categories + 1, categories + 1), np.int64)
    np.add.at(counts, (truth, said), 1)
    counts[:-1, -1] = np.bincount(objects.category[missed], minlength=categories)
    return counts


def errors_by_size(
    found: Found, objects: Objects, matches: Matches, kept: Flags, categories: int
) -> list[dict[str, float]]:
    """Return how many objects of each size were found, taken for another class and missed, and the false alarms.

    `from` is the size's least side in pixels (the square root of the box's area); a false alarm counts by its own.
    """
    truth, said, missed = _outcomes(found, objects, matches, kept, categories)
    boxes = found.box[matches.order[_counted(matches, kept)]]
    target = matches.target[_counted(matches, kept)]
    alarm = truth == categories
    mine = _sizes(objects.box)
    columns = {
        "found": mine[target[~alarm & (truth == said)]],
        "confused": mine[target[~alarm & (truth != said)]],
        "missed": mine[missed],
        "false_alarms": _sizes(boxes[alarm]),
    }
    counts = {name: np.bincount(sizes, minlength=len(_SIDES)) for name, sizes in columns.items()}
    return [
        {"from": side, **{name: int(count[place]) for name, count in counts.items()}}
        for place, side in enumerate(_SIDES)
    ]


def _counted(matches: Matches, kept: Flags) -> Flags:
    counted: Flags = kept[matches.order] & (matches.verdict[:, 0, 0] != IGNORED)
    return counted


def _outcomes(
    found: Found, objects: Objects, matches: Matches, kept: Flags, categories: int
) -> tuple[Ints, Ints, Flags]:
    counted = _counted(matches, kept)
    target = matches.target[counted]
    there = np.append(objects.category, categories)  # place -1 is the last: nothing there
    missed = ~objects.crowd
    missed[target[target >= 0]] = False
    return there[target], found.category[matches.order[counted]], missed


def _sizes(box: "np.ndarray[tuple[int, ...], np.dtype[np.float64]]") -> Ints:
    return np.searchsorted(_SIDES, np.sqrt(box[:, 2] * box[:, 3]), "right") - 1
