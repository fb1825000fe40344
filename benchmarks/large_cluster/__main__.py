"""Tiles of a large image on workers of Dask: beside one worker, through a kill, and how many a scheduler carries.

    python -m benchmarks.large_cluster --finder FOLDER --image FILE [--rounds 3] [--tiles 10000 100000] [--workers 200]

Three measurements. `speed`: `fullconv locate` with locate.cluster=local:2, =local:1 on one core, =none, and =none on
one core, in turn, so that a round's ratios have met the same machine; a rate is that of the tiles after each worker's
first, because that one waits for the worker to load TensorFlow and the finder. `kill`: one of two workers is killed in
mid-run. Both compare every byte of `out` with that of =none. `scheduler`: a real scheduler in a process of its own,
many workers in another, tiles that sleep instead of computing; processor time is of the scheduler alone, so it holds
on other machines whatever the workers cost this one. Writes benchmarks/results/large_cluster.json. Linux; on 2 cores
about a quarter of an hour.
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

RESULTS = ROOT / "benchmarks" / "results" / "large_cluster.json"
SLIDE = 100_000  # pixels a side of the slides of the reckoning
SLIDES, MACHINES, CORES = 10_000, 64, 16


def reckoned(finder: Path, measured: dict[str, Any] | None, loads: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return what many slides would take, from the seconds of a tile on one core and those of handing it out."""
    load_tensorflow()
    from fullconv.config.load import compose_settings
    from fullconv.large.tiling import tiling_of
    from fullconv.locate.reading import reader_of
    from fullconv.track.finders import finder_of

    reader: Any = reader_of(finder_of(compose_settings(f"classifier={finder}")), "auto")
    plan = reader.plan(SLIDE, SLIDE)
    tiles, cores = len(tiling_of(reader, plan, 3, reader.channels)), MACHINES * CORES
    scheduler = max(one["scheduler_ms_a_tile"] for one in loads) / 1e3 if loads else 0.0
    reckoning: dict[str, Any] = {"tiles_a_slide": tiles, "slides": SLIDES, "cores": cores}
    reckoning["scheduler_tiles_a_second"] = 1 / scheduler if scheduler else None
    if measured is None:
        return reckoning
    a_tile = statistics.median(each["local:1, one core"]["a_tile"] for each in measured["rounds"])
    some = [each["none"] for each in measured["rounds"]]
    return {
        **reckoning,
        "core_seconds_a_tile": a_tile,
        "hours": SLIDES * tiles * a_tile / cores / 3600,
        "tiles_a_second": cores / a_tile,
        "workers_at_which_the_scheduler_is_busy": a_tile / scheduler if scheduler else None,
        # What one process does once all tiles are finished, of this image; it grows as the image does.
        "after_seconds": statistics.median(one["after"] for one in some),
    }


def main() -> None:
    """Measure and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--finder", type=Path, help="the folder that fullconv train wrote")
    parser.add_argument("--image", type=Path, help="an image of some 6,000 pixels a side")
    parser.add_argument("--rounds", type=int, default=3, help="0: no speed and no kill, what was measured before stays")
    parser.add_argument("--tiles", type=int, nargs="*", default=[10_000, 100_000], help="none: likewise")
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
        results["scheduler"] = []
        for tiles, seconds in [*((tiles, 0.0) for tiles in arguments.tiles), (10_000, 2.0)]:
            results["scheduler"].append(carried(tiles, arguments.workers, seconds))
            print(results["scheduler"][-1], flush=True)
    if arguments.finder is not None:
        results["reckoned"] = reckoned(arguments.finder, results["speed"], results["scheduler"])
        print(results["reckoned"])
    write_json(RESULTS, results)


if __name__ == "__main__":
    main()
