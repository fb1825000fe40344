"""Sides that run in turn, and what their times say."""

import statistics
import time
from collections.abc import Callable, Mapping
from typing import Any

Side = Callable[[], Any]


def alternated(sides: Mapping[str, Side], rounds: int) -> tuple[dict[str, list[float]], dict[str, Any]]:
    """Return the seconds of each side in each round, and what it returned last; who begins alternates."""
    taken: dict[str, list[float]] = {name: [] for name in sides}
    returned: dict[str, Any] = {}
    for number in range(rounds):
        for name in list(sides) if number % 2 else reversed(sides):
            returned.pop(name, None)
            started = time.perf_counter()
            returned[name] = sides[name]()
            taken[name].append(time.perf_counter() - started)
    return taken, returned


def times_as_fast(other: list[float], mine: list[float], of_other: float = 1.0, of_mine: float = 1.0) -> float:
    """Return the median of paired ratios; each side did that share of the work."""
    pairs = zip(other, mine, strict=True)
    return float(statistics.median((one / of_other) / (own / of_mine) for one, own in pairs))


def seconds_of_all(taken: list[float], share: float = 1.0) -> float:
    """Return the median of times that were taken of a share of the work, scaled up to all of it."""
    return float(statistics.median(taken)) / share


def differences(maps: Any, whole: Any) -> dict[str, float]:
    """Return how far a map lies from the whole's: at most, and the share of cells that are off by more than .01."""
    import numpy as np

    off = np.abs(maps - whole).max(axis=-1)
    return {"most": float(off.max()), "share": float((off > 0.01).mean())}
