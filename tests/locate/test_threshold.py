"""From which score a box counts: one for all, or one for each class."""

from fullconv.locate.detections import Found
from fullconv.locate.threshold import Threshold

BOX = (0.0, 0.0, 1.0, 1.0)
FOUND = [Found(0, 0.4, BOX), Found(1, 0.4, BOX), Found(0, 0.6, BOX), Found(1, 0.3, BOX)]


def test_one_for_all() -> None:
    assert Threshold(0.4, "why").likely(FOUND) == FOUND[:3]


def test_one_for_each_class_and_what_reaches_it_counts() -> None:
    assert Threshold(0.3, "why", (0.5, 0.3)).likely(FOUND) == FOUND[1:]
