"""A real scheduler with many workers whose tiles sleep: what a tile costs it, and what it remembers."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SCHEDULER = "tcp://127.0.0.1:18786"


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


def tasks_of(dask_scheduler: Any) -> int:
    """Return how many tasks a scheduler knows; Dask gives the argument of this name."""
    return len(dask_scheduler.tasks)


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
        most, known, held = 0, 0, [scheduler.memory_info().rss]
        began, spent = time.perf_counter(), [processor(one) for one in processes]
        waiting = (Tile((at, at + 1), (0, 1)) for at in range(tiles))
        sent, back = 0, 0

        def counted() -> Iterator[Tile]:
            nonlocal sent
            for one in waiting:
                sent += 1
                yield one

        def tick(_: Tile) -> None:
            nonlocal back, most, known
            most, back = max(most, sent - back), back + 1
            if back % max(1, tiles // 10) == 0:
                held.append(scheduler.memory_info().rss)
                known = max(known, client.run_on_scheduler(tasks_of))

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
        "scheduler_megabytes": [round(one / 1e6) for one in held], "load": os.getloadavg()[0],
    }  # fmt: skip
