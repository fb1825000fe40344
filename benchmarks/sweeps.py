"""Two jobs of a sweep side by side against the same two one after the other.

    python -m benchmarks.sweeps [--rounds 5] [--data mnist] [--epochs 3]

Three ways take turns, so that whatever else the machine does falls on all of them: one after the other with as many
threads a job as side by side; one after the other with every core for each, what one would do otherwise; side by
side. Timed is the whole command, the start of its processes included. A round is the three ways next to each other;
the figure is the median of the rounds' ratios. Writes benchmarks/results/sweeps.json.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.machine import machine
from benchmarks.pages.sweeps import COLUMNS, RESULTS, rows
from fullconv.config.cores import cores
from fullconv.files import write_json

ROOT = Path(__file__).resolve().parents[1]
JOBS = 2
GOAL = 1.7
OTHER_SETS = ("seed_128", "seed_200", "test", "sizes", "scales", "photo", "colour", "dark")


def ways(threads: int) -> dict[str, list[str]]:
    """Return the overrides of each way to run two jobs."""
    return {
        "same": ["hydra/launcher=basic", f"job.threads={threads}"],
        "all": ["hydra/launcher=basic", f"job.threads={cores()}"],
        "beside": [f"hydra.launcher.n_jobs={JOBS}"],
    }


def timed(folder: Path, data: str, epochs: int, overrides: list[str]) -> float:
    """Return the seconds of one sweep of two jobs in a folder, nothing left out and nothing logged."""
    sets = [f"~mosaic@mosaics.{name}" for name in OTHER_SETS]
    knobs = [f"data={data}", f"train.epochs={epochs}", "seed=0,1", "locate=fixed", "tracking=none", "job.again=true"]
    command = [sys.executable, str(ROOT / "pipelines" / "experiment.py"), "-m", *knobs, *sets, *overrides]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONWARNINGS": "ignore"}
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def measured(rounds: int, data: str, epochs: int) -> dict[str, Any]:
    """Return the figures of so many rounds."""
    threads = max(1, cores() // JOBS)
    seconds: dict[str, list[float]] = {name: [] for name in ways(threads)}
    with tempfile.TemporaryDirectory() as temporary:
        timed(Path(temporary), data, epochs, ways(threads)["beside"])  # fetches the data
        for number in range(rounds):
            order = list(ways(threads).items())
            for name, overrides in order if number % 2 else order[::-1]:
                seconds[name].append(timed(Path(temporary), data, epochs, overrides))
    return {
        "machine": machine(),
        "jobs": JOBS,
        "threads": threads,
        "data": data,
        "epochs": epochs,
        "rounds": rounds,
        "goal": GOAL,
        "seconds": {name: round(statistics.median(found), 1) for name, found in seconds.items()},
        "speed_up": {
            name: round(statistics.median(a / b for a, b in zip(seconds[name], seconds["beside"], strict=True)), 2)
            for name in ("same", "all")
        },
        "all_seconds": {name: [round(one, 1) for one in found] for name, found in seconds.items()},
    }


def main() -> None:
    """Measure, print one table and write the results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--data", default="mnist")
    parser.add_argument("--epochs", type=int, default=3)
    given = parser.parse_args()
    results = measured(max(1, given.rounds), given.data, given.epochs)
    write_json(RESULTS, results)
    table = Table(*COLUMNS, title="Two jobs of a sweep")
    for row in rows(results):
        table.add_row(*row)
    Console().print(table)
    if results["speed_up"]["same"] < GOAL:
        sys.exit(f"Side by side is less than {GOAL} times as fast.")


if __name__ == "__main__":
    main()
