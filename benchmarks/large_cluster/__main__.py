"""Tiles of a large image on workers of Dask: beside one worker, through a kill, and how many a scheduler carries.

    python -m benchmarks.large_cluster --finder FOLDER --image FILE [--rounds 3] [--tiles 1000000] [--workers 200]

Three measurements. `speed`: `fullconv locate` with locate.cluster=local:2, =local:1 on one core, =none, and =none on
one core, in turn, so that a round's ratios have met the same machine; a rate is that of the tiles after each worker's
first, because that one waits for the worker to load TensorFlow and the finder. `kill`: one of two workers is killed in
mid-run. Both compare every byte of `out` with that of =none. `scheduler`: a real scheduler in a process of its own,
many workers in another, tiles that sleep instead of computing, in turn for shorter and shorter times; 40,000 of them
with Dask's own settings, and the last measurement are as many as `--tiles` says. Processor time is of the scheduler
alone, so it holds on other machines whatever the workers cost this one. Writes benchmarks/results/large_cluster.json,
after each measurement. Linux; on 2 cores about an hour.
"""

import argparse
import asyncio
import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.large_cluster.runs import ROOT, kill, speed
from benchmarks.large_cluster.scheduler import SCHEDULER, carried, hold_workers
from benchmarks.machine import machine
from fullconv.config.quiet import load_tensorflow
from fullconv.files import read_json, write_json
from fullconv.large.cluster.environment import LEAN

RESULTS = ROOT / "benchmarks" / "results" / "large_cluster.json"
SLIDE = 100_000  # pixels a side of the slides of the reckoning
SLIDES, MACHINES, CORES = 10_000, 64, 16
SLEEPS = {2.0: 10_000, 1.0: 20_000, 0.5: 20_000}  # seconds of a tile, and how many tiles are handed out
SHORTEST = 0.1  # seconds: more than a scheduler can follow


def tiles_a_slide(finder: Path) -> int:
    """Return how many tiles a finder cuts a slide into."""
    load_tensorflow()
    from fullconv.config.load import compose_settings
    from fullconv.large.tiling import tiling_of
    from fullconv.locate.reading import reader_of
    from fullconv.track.finders import finder_of

    reader: Any = reader_of(finder_of(compose_settings(f"classifier={finder}")), "auto")
    return len(tiling_of(reader, reader.plan(SLIDE, SLIDE), 3, reader.channels))


def reckoned(tiles: int, measured: dict[str, Any], loads: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return what many slides of so many tiles would take, from the seconds of one on a core and of handing it out."""
    cores = MACHINES * CORES
    # Where it has most to do: of a tile in a second, what it does all the time would be a part.
    scheduler = max(loads, key=lambda one: one["tiles"])["scheduler_ms_a_tile"] / 1e3
    a_tile = statistics.median(each["local:1, one core"]["a_tile"] for each in measured["rounds"])
    return {
        "tiles_a_slide": tiles, "slides": SLIDES, "cores": cores, "scheduler_tiles_a_second": 1 / scheduler,
        "core_seconds_a_tile": a_tile, "hours": SLIDES * tiles * a_tile / cores / 3600,
        "tiles_a_second": cores / a_tile, "workers_at_which_the_scheduler_is_busy": a_tile / scheduler,
        # What one process does once all tiles are finished, of this image; it grows as the image does.
        "after_seconds": statistics.median(each["none"]["after"] for each in measured["rounds"]),
    }  # fmt: skip


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--finder", type=Path, help="the folder that fullconv train wrote; none: with --rounds 0")
    parser.add_argument("--image", type=Path, help="an image of some 6,000 pixels a side")
    parser.add_argument("--rounds", type=int, default=3, help="0: no speed and no kill, what was measured before stays")
    parser.add_argument("--tiles", type=int, default=1_000_000, help="0: likewise")
    parser.add_argument("--workers", type=int, default=200)
    parser.add_argument("--hold", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.hold:
        asyncio.run(hold_workers(SCHEDULER, arguments.hold))
        return
    results: dict[str, Any] = read_json(RESULTS) if RESULTS.exists() else {"speed": None, "scheduler": []}
    results["machine"] = machine()
    if arguments.rounds:
        with tempfile.TemporaryDirectory() as folder:
            results["speed"] = speed(arguments.finder, arguments.image, Path(folder), arguments.rounds)
            results["kill"] = kill(arguments.finder, arguments.image, Path(folder))
            print(results["kill"], flush=True)
    if arguments.tiles:
        loads = [
            (40_000, SHORTEST, {}),
            *((tiles, seconds, LEAN) for seconds, tiles in SLEEPS.items()),
            (arguments.tiles, SHORTEST, LEAN),
        ]
        results["scheduler"] = []
        for tiles, seconds, settings in loads:
            results["scheduler"].append(carried(tiles, arguments.workers, seconds, settings))
            print(results["scheduler"][-1], flush=True)
            write_json(RESULTS, results)
    slide = results["reckoned"]["tiles_a_slide"] if arguments.finder is None else tiles_a_slide(arguments.finder)
    results["reckoned"] = reckoned(slide, results["speed"], results["scheduler"])
    print(results["reckoned"])
    write_json(RESULTS, results)


if __name__ == "__main__":
    main()
