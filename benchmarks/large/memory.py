"""How much memory a search takes tile by tile, in a process of its own.

    python -m benchmarks.large.memory CASE FINDER IMAGE [TILES]

prints as JSON the largest resident memory while an image is searched, less what the process held once TensorFlow was
imported, in bytes; the seconds; the cells of the map; the tiles, and the share of all cells that was searched.
CASE is one of `benchmarks.large.subjects.CASES`.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def searched(case: str, finder: Path, image: Path, some: int | None = None) -> dict[str, Any]:
    """Return `bytes`, `seconds`, `cells`, `tiles` and `share` of a search, or of so many of its tiles."""
    words = [case, str(finder), str(image), *([] if some is None else [str(some)])]
    command = [sys.executable, "-m", "benchmarks.large.memory", *words]
    run = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    told: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return told


def main(case: str, finder: str, image: str, *some: str) -> None:
    """Search one image and print what it took."""
    from fullconv.config.quiet import load_tensorflow

    load_tensorflow()
    import tensorflow as tf

    from benchmarks.large.subjects import subject
    from benchmarks.large.ways import ours, wanted_of
    from benchmarks.memory import resident

    tf.constant(0.0)  # TensorFlow starts its threads
    held = resident("VmRSS")
    one = subject(case, Path(finder))
    reader = one.reader(one.finder.config.memory)
    count = int(some[0]) if some else None
    with tempfile.TemporaryDirectory(dir=Path(image).parent) as folder:
        started = time.perf_counter()
        tiled = ours(reader, Path(image), Path(folder), some=count)
        taken = time.perf_counter() - started
    tiles = [*tiled.search.tiling]
    wanted = wanted_of(tiles, count)
    cells = [(t.rows[1] - t.rows[0]) * (t.cols[1] - t.cols[0]) for t in tiles if wanted is None or t.name in wanted]
    every = tiled.search.plan.cells
    told = {"tiles": len(tiles), "share": sum(cells) / (every[0] * every[1]), "cells": list(every)}
    print(json.dumps({"bytes": resident("VmHWM") - held, "seconds": taken, **told}))


if __name__ == "__main__":
    main(*sys.argv[1:])
