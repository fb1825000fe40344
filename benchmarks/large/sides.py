"""One network's map of one image by every way: how far each lies from the whole's, and how long it takes."""

import tempfile
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from benchmarks.large.subjects import LITE0, subject
from benchmarks.large.timing import alternated, differences, seconds_of_all, times_as_fast
from benchmarks.large.ways import ours, overlapping, untiled, windows

# Cells a side of the part of the map that is measured window by window.
WINDOWS = {"padding-free": 256, "padding-free, stride 1": 256, LITE0: 16}
# Bytes of a forward pass: what a search of a smaller image takes at the most, and so many that it is not cut.
USUAL, ONCE = 2**30, 2**34


def case_figures(case: str, finder: Path, path: Path, small: Path, rounds: int) -> dict[str, Any]:
    """Return all figures of a case on one image; networks are traced on a small one."""
    one = subject(case, finder)
    cells = WINDOWS[case]
    by_windows, by_blending = windows(one), overlapping(one)
    reader, usual, once = (one.reader(memory) for memory in (one.finder.config.memory, USUAL, ONCE))
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        places = (Path(folder) / str(number) for number in count())
        for file, part, times in ((small, 4, 1), (path, cells, rounds)):
            sides = {
                "ours": lambda file=file: ours(reader, file, next(places)),
                "untiled": partial(untiled, usual, file),
                "once": partial(untiled, once, file),
                "windows": partial(by_windows, file, part),
                "blended": partial(by_blending, file, None),
            }
            taken, found = alternated(sides, times)
        whole = found["once"].scores
        maps = {
            "ours": found["ours"].scores(),
            "untiled": found["untiled"].scores,
            "once": whole,
            "windows": found["windows"],
            "blended": found["blended"],
        }
    rows, cols = whole.shape[:2]
    share = dict.fromkeys(sides, 1.0) | {"windows": cells * cells / (rows * cols)}
    return {
        "side": found["ours"].search.size[0],
        "cells": [rows, cols],
        "channels": whole.shape[-1],
        "window": list(one.finder.conversion.window),
        "stride": list(one.network().geometry.stride),
        "rounds": rounds,
        "tiles": len(found["ours"].search.tiling),
        "objects": [len(found["ours"].located.objects), len(found["once"].objects)],
        "windows_cells": cells,
        "sides": {
            name: {
                "seconds": seconds_of_all(taken[name], share[name]),
                "ours_as_fast": times_as_fast(taken[name], taken["ours"], share[name]),
                "difference": differences(one_map, whole[: one_map.shape[0], : one_map.shape[1]]),
            }
            for name, one_map in maps.items()
        },
    }
