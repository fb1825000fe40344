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
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.machine import machine
from fullconv.files import read_json, write_json

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "large_cluster.json"
SCHEDULER = "tcp://127.0.0.1:18786"
# Words of locate.cluster, how many workers each has, and on how many cores the command runs.
RUNS = {"local:2": (2, 2), "local:1, one core": (1, 1), "none": (1, 2), "none, one core": (1, 1)}
SLIDE = 100_000  # pixels a side of the slides of the reckoning
SLIDES, MACHINES, CORES = 10_000, 64, 16


def command(run: str, finder: Path, image: Path, out: Path) -> list[str]:
    """Return the command of a run, on as many cores as it has."""
    cores = ",".join(map(str, sorted(os.sched_getaffinity(0))[: RUNS[run][1]]))
    words = [f"classifier={finder}", f"image={image}", f"out={out}", f"locate.cluster={run.partition(',')[0]}"]
    return ["taskset", "-c", cores, sys.executable, str(ROOT / "pipelines" / "locate.py"), *words]


def watched(process: "subprocess.Popen[str]", out: Path) -> list[float]:
    """Return when each tile was finished, in seconds of time.monotonic, from what lies in the folder."""
    moments: list[float] = []
    while process.poll() is None:
        # The folder of unfinished tiles goes when all is written.
        there = len([path for path in out.glob("unfinished/*.npz") if path.name[0].isdigit()])
        moments += [time.monotonic()] * (there - len(moments))
        time.sleep(0.02)
    return moments


def one_run(run: str, finder: Path, image: Path, out: Path) -> dict[str, Any]:
    """Return the seconds of a command, of a tile after each worker's first, and of what follows the last."""
    shutil.rmtree(out, ignore_errors=True)
    began = time.monotonic()
    with subprocess.Popen(command(run, finder, image, out), stdout=subprocess.DEVNULL, text=True) as process:
        moments = watched(process, out)
    ended, first = time.monotonic(), RUNS[run][0] - 1
    if process.returncode:
        raise RuntimeError(f"{run} ended with {process.returncode}")
    steady = (moments[-1] - moments[first]) / (len(moments) - 1 - first)
    return {
        "seconds": ended - began, "before": moments[0] - began, "a_tile": steady, "after": ended - moments[-1],
        "tiles": len(moments), "load": os.getloadavg()[0],
    }  # fmt: skip


def same(one: Path, other: Path) -> bool:
    """Return whether two folders hold the same bytes."""
    read = [{str(p.relative_to(f)): p.read_bytes() for p in f.rglob("*") if p.is_file()} for f in (one, other)]
    return read[0] == read[1]


def speed(finder: Path, image: Path, folder: Path, rounds: int) -> dict[str, Any]:
    """Return the times of every way in every round, medians of the rounds' ratios, and whether all bytes are equal."""
    found, equal = [], True
    for number in range(rounds):
        # Each round begins elsewhere.
        order = [list(RUNS)[(number + step) % len(RUNS)] for step in range(len(RUNS))]
        found.append({run: one_run(run, finder, image, folder / run) for run in order})
        equal = equal and all(same(folder / "none", folder / run) for run in RUNS)
        print({run: {key: round(value, 2) for key, value in one.items()} for run, one in found[-1].items()}, flush=True)

    def ratio(one: str, other: str, key: str) -> float:
        return statistics.median(each[one][key] / each[other][key] for each in found)

    return {
        "rounds": found,
        "tiles_two_workers_over_one": ratio("local:1, one core", "local:2", "a_tile"),
        "tiles_two_workers_over_none": ratio("none", "local:2", "a_tile"),
        "tiles_one_worker_over_none_one_core": ratio("none, one core", "local:1, one core", "a_tile"),
        "command_two_workers_over_none": ratio("none", "local:2", "seconds"),
        "command_two_workers_over_one": ratio("local:1, one core", "local:2", "seconds"),
        "equal": equal,
    }


def kill(finder: Path, image: Path, folder: Path) -> dict[str, Any]:
    """Kill one of two workers in mid-run; return whether the bytes are those of a run that was let be."""
    import psutil

    out = folder / "killed"
    shutil.rmtree(out, ignore_errors=True)
    with subprocess.Popen(command("local:2", finder, image, out), stdout=subprocess.DEVNULL, text=True) as process:
        while len(list(out.glob("unfinished/*-*.npz"))) < 3:
            time.sleep(0.05)
        children = psutil.Process(process.pid).children(recursive=True)
        worker = next(one for one in children if "spawn_main" in " ".join(one.cmdline()))
        worker.kill()
    return {"exit": process.returncode, "equal": same(folder / "none", out)}


def sleep_tile(rows: tuple[int, int], cols: tuple[int, int], job: str) -> str:
    """Take the seconds that `job` says instead of computing a tile."""
    time.sleep(float(job))
    return f"{rows[0]}-{cols[0]}"


async def hold_workers(address: str, number: int) -> None:
    """Hold so many workers in this process, of one thread each, until the scheduler goes."""
    from distributed import Worker

    workers = [Worker(address, nthreads=1, memory_limit=0, dashboard_address="127.0.0.1:0") for _ in range(number)]
    await asyncio.gather(*workers)
    await asyncio.gather(*(one.finished() for one in workers))


@contextmanager
def a_scheduler(workers: int) -> Iterator[tuple[Any, Any]]:
    """Yield the processes, as psutil has them, of a scheduler and of the workers that it has."""
    import psutil

    port = SCHEDULER.rpartition(":")[2]
    told = ["-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard"]
    here: dict[str, Any] = {"cwd": ROOT, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([sys.executable, *told], **here) as scheduler:
        held = [sys.executable, "-m", "benchmarks.large_cluster", "--hold", str(workers)]
        with subprocess.Popen(held, **here) as holder:
            try:
                yield psutil.Process(scheduler.pid), psutil.Process(holder.pid)
            finally:
                holder.kill()
                scheduler.kill()


def carried(tiles: int, workers: int, seconds: float) -> dict[str, Any]:
    """Return what it costs to hand out so many tiles that sleep so long."""
    import psutil
    from distributed import Client

    from fullconv.large.cluster import submission
    from fullconv.large.tiling import Tile

    def processor(process: Any) -> float:
        times = process.cpu_times()
        return float(times.user + times.system)

    with a_scheduler(workers) as (scheduler, holder), Client(SCHEDULER, timeout=60, set_as_default=False) as client:
        client.wait_for_workers(workers, timeout=120)
        processes = (scheduler, psutil.Process(), holder)
        time.sleep(5)  # until all have said hello
        idle = [processor(one) for one in processes]
        time.sleep(5)
        idle = [(processor(one) - before) / 5 for one, before in zip(processes, idle, strict=True)]
        first, most, held, known = scheduler.memory_info().rss, 0, 0, 0
        began, spent = time.perf_counter(), [processor(one) for one in processes]
        waiting = (Tile((at, at + 1), (0, 1)) for at in range(tiles))
        sent, back = 0, 0

        def counted() -> Iterator[Tile]:
            nonlocal sent
            for one in waiting:
                sent += 1
                yield one

        def tick(_: Tile) -> None:
            nonlocal back, most, held, known
            most, back = max(most, sent - back), back + 1
            if back % 1000 == 0:
                held = max(held, scheduler.memory_info().rss)
            if back % max(1, tiles // 5) == 0:
                known = max(known, client.run_on_scheduler(lambda dask_scheduler: len(dask_scheduler.tasks)))

        submission.on_workers(client, sleep_tile, counted(), str(seconds), tick)
        wall = time.perf_counter() - began
        used = [processor(one) - before for one, before in zip(processes, spent, strict=True)]
    return {
        "tiles": tiles, "workers": workers, "sleep": seconds, "wall": wall,
        "ms_a_tile": wall / tiles * 1e3,
        "scheduler_ms_a_tile": used[0] / tiles * 1e3, "client_ms_a_tile": used[1] / tiles * 1e3,
        "workers_ms_a_tile": used[2] / tiles * 1e3,
        "idle_cores": dict(zip(("scheduler", "client", "workers"), idle, strict=True)),
        "ideal": tiles * seconds / workers, "in_flight": most, "known_to_scheduler": known,
        "scheduler_bytes_first": first, "scheduler_bytes_most": held, "load": os.getloadavg()[0],
    }  # fmt: skip


def reckoned(finder: Path, measured: dict[str, Any] | None, loads: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return what many slides would take, from the seconds of a tile on one core and those of handing it out."""
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
