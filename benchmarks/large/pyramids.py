"""A whole search of a finder, all of its sizes, coarse to fine: tile by tile against at once."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.large.subjects import finder_in
from benchmarks.large.timing import alternated, differences, seconds_of_all, times_as_fast
from benchmarks.large.ways import ours, untiled

_NEAR = 0.01  # pixels


def searches(folder: Path, path: Path, rounds: int, values: Sequence[int | None]) -> list[dict[str, Any]]:
    """Return figures of a search by tiles of each number of values, beside the search of the whole at once."""
    from fullconv.large.size import TOGETHER
    from fullconv.locate.peaks.reader import PeakReader

    finder = finder_in(folder)
    readers = {
        memory: PeakReader(replace(finder, config=replace(finder.config, read="peaks", probe=0, memory=memory)))
        for memory in (TOGETHER, 2**30)
    }
    untiled(readers[2**30], path)  # traced
    made = []
    for most in values:
        with tempfile.TemporaryDirectory(dir=path.parent) as place:
            count = iter(range(rounds))
            sides = {
                "ours": lambda place=place, most=most, count=count: ours(
                    readers[TOGETHER], path, Path(place) / str(next(count)), most
                ),
                "untiled": lambda: untiled(readers[2**30], path),
            }
            taken, found = alternated(sides, rounds)
            mine, whole = found["ours"], found["untiled"]
            made.append(
                {
                    "tiles": len(mine.search.tiling),
                    "levels": len(mine.search.plan.ladder.levels),
                    "seconds": seconds_of_all(taken["ours"]),
                    "untiled_seconds": seconds_of_all(taken["untiled"]),
                    "over_untiled": times_as_fast(taken["untiled"], taken["ours"]),
                    "difference": differences(mine.scores(), whole.scores),
                    "objects": len(whole.objects),
                    "unequal": unequal(mine.located.objects, whole.objects),
                }
            )
    return made


def unequal(some: Sequence[Any], others: Sequence[Any]) -> int:
    """Return how many objects of either have no equal in the other: class, and box to a hundredth of a pixel."""
    left = list(others)
    alone = 0
    for one in some:
        twin = next((other for other in left if _same(one, other)), None)
        if twin is None:
            alone += 1
        else:
            left.remove(twin)
    return alone + len(left)


def _same(one: Any, other: Any) -> bool:
    return one.label == other.label and bool(np.abs(np.subtract(one.bbox, other.bbox)).max() < _NEAR)
