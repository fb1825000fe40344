"""Which images of a set were read worst and best."""

from collections.abc import Mapping, Sequence
from typing import Any


def extremes(images: Sequence[Mapping[str, Any]], count: int) -> tuple[list[Any], list[Any]]:
    """Return the worst and the best of a set's images by their score, `count` together, none twice.

    `images` are `curves["images"]`; those without anything to measure (a negative score) are left out. Equal scores
    keep the set's order.
    """
    ranked = sorted((one for one in images if one["score"] >= 0), key=lambda one: float(one["score"]))
    count = min(count, len(ranked))
    worst = ranked[: (count + 1) // 2]
    rest = ranked[len(worst) :]
    best = sorted(rest, key=lambda one: -float(one["score"]))[: count - len(worst)]
    return worst, best
