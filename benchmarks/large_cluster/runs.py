"""Whole searches of one image by ways to compute its tiles: how long, and whether the bytes are the same."""

import os
import shutil
import statistics
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
# Words of locate.cluster, how many workers each has, and on how many cores the command runs.
RUNS = {"local:2": (2, 2), "local:1, one core": (1, 1), "none": (1, 2), "none, one core": (1, 1)}


def command(run: str, finder: Path, image: Path, out: Path) -> list[str]:
    """Return the command of a run, on as many cores as it has."""
    cores = ",".join(map(str, sorted(os.sched_getaffinity(0))[: RUNS[run][1]]))
    words = [f"classifier={finder}", f"image={image}", f"out={out}", f"locate.cluster={run.partition(',')[0]}"]
    return ["taskset", "-c", cores, sys.executable, str(ROOT / "pipelines" / "locate.py"), *words]


def processor(process: Any) -> float:
    """Return the processor's seconds of a process, as psutil has it, and of those that it started."""
    times = [one.cpu_times() for one in (process, *process.children(recursive=True))]
    return float(sum(one.user + one.system for one in times))


def watched(process: "subprocess.Popen[str]", out: Path) -> list[tuple[float, float]]:
    """Return when each tile was finished, from what lies in the folder: time.monotonic and processor's seconds."""
    import psutil

    moments: list[tuple[float, float]] = []
    with suppress(psutil.NoSuchProcess):
        seen = psutil.Process(process.pid)
        while process.poll() is None:
            # The folder of unfinished tiles goes when all is written.
            new = len([path for path in out.glob("unfinished/*.npz") if path.name[0].isdigit()]) - len(moments)
            if new > 0:
                moments += [(time.monotonic(), processor(seen))] * new
            time.sleep(0.02)
    process.wait()
    return moments


def one_run(run: str, finder: Path, image: Path, out: Path) -> dict[str, Any]:
    """Return the seconds of a command, of a tile after each worker's first, and of what follows the last.

    `processor` are the processor's seconds of such a tile, in all processes: what other work on the machine changes
    least.
    """
    shutil.rmtree(out, ignore_errors=True)
    began = time.monotonic()
    with subprocess.Popen(command(run, finder, image, out), stdout=subprocess.DEVNULL, text=True) as process:
        moments = watched(process, out)
    ended, first = time.monotonic(), RUNS[run][0] - 1
    if process.returncode:
        raise RuntimeError(f"{run} ended with {process.returncode}")
    steady = [(moments[-1][at] - moments[first][at]) / (len(moments) - 1 - first) for at in (0, 1)]
    return {
        "seconds": ended - began, "before": moments[0][0] - began, "a_tile": steady[0], "processor": steady[1],
        "after": ended - moments[-1][0], "tiles": len(moments), "load": os.getloadavg()[0],
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
        "processor_two_workers_over_one": ratio("local:2", "local:1, one core", "processor"),
        "processor_one_worker_over_none": ratio("local:1, one core", "none, one core", "processor"),
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
