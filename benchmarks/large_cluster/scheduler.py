"""A real scheduler with many workers whose tiles sleep: what a tile costs it, and what it remembers."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fullconv.large.cluster.environment import LEAN, as_variables

ROOT = Path(__file__).resolve().parents[2]
SCHEDULER = "tcp://127.0.0.1:18786"
# Tiles after which the scheduler's memory is looked at.
MARKS = (2_000, 5_000, 10_000, 20_000, 40_000, 100_000, 200_000, 400_000, 600_000, 800_000, 1_000_000)
# Of 200 workers in one process: what each of them looks at all the time would keep a core busy.
_AS_ONE = {
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.admin.system-monitor.gil.enabled": False,
}


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
def a_scheduler(workers: int, settings: Mapping[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Yield the processes, as psutil has them, of a scheduler with some settings of Dask and of workers that it has."""
    import psutil

    port = SCHEDULER.rpartition(":")[2]
    told = ["-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard"]
    here: dict[str, Any] = {"cwd": ROOT, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([sys.executable, *told], env={**os.environ, **as_variables(settings)}, **here) as scheduler:
        held = [sys.executable, "-m", "benchmarks.large_cluster", "--hold", str(workers)]
        environment = {**os.environ, **as_variables({**LEAN, **_AS_ONE})}
        with subprocess.Popen(held, env=environment, **here) as holder:
            try:
                yield psutil.Process(scheduler.pid), psutil.Process(holder.pid)
            finally:
                holder.kill()
                scheduler.kill()


def tasks_of(dask_scheduler: Any) -> int:
    """Return how many tasks a scheduler knows; Dask gives the argument of this name."""
    return len(dask_scheduler.tasks)


def processor(process: Any) -> float:
    """Return the processor's seconds of a process, as psutil has it."""
    times = process.cpu_times()
    return float(times.user + times.system)


class Watched:
    """How many tiles are under way, and the scheduler's memory in megabytes after so many of them."""

    def __init__(self, client: Any, scheduler: Any, tiles: int) -> None:
        self._client, self._scheduler, self._tiles = client, scheduler, tiles
        self.most, self.known, self._sent, self._back = 0, 0, 0, 0
        self.held: list[dict[str, int]] = []
        self._look()

    def sent(self) -> Iterator[Any]:
        """Yield tiles, counting them."""
        from fullconv.large.tiling import Tile

        for at in range(self._tiles):
            self._sent += 1
            yield Tile((at, at + 1), (0, 1))

    def tick(self, _: Any) -> None:
        """Count a tile that has come back."""
        self.most, self._back = max(self.most, self._sent - self._back), self._back + 1
        if self._back in MARKS or self._back == self._tiles:
            self._look()

    def _look(self) -> None:
        if not self.held or self.held[-1]["tiles"] < self._back:
            self.held.append({"tiles": self._back, "megabytes": round(self._scheduler.memory_info().rss / 1e6)})
            self.known = max(self.known, self._client.run_on_scheduler(tasks_of))
            print(self.held[-1], flush=True)


def carried(tiles: int, workers: int, seconds: float, settings: Mapping[str, Any] = LEAN) -> dict[str, Any]:
    """Return what it costs to hand out so many tiles that sleep so long, to a scheduler with some settings of Dask."""
    import dask
    import psutil
    from distributed import Client

    from fullconv.large.cluster import submission

    with (
        dask.config.set(dict(settings)),
        a_scheduler(workers, settings) as (scheduler, holder),
        Client(SCHEDULER, timeout=60, set_as_default=False) as client,
    ):
        client.wait_for_workers(workers, timeout=120)
        processes = (scheduler, psutil.Process(), holder)
        time.sleep(5)  # until all have said hello
        idle = [processor(one) for one in processes]
        time.sleep(5)
        idle = [(processor(one) - before) / 5 for one, before in zip(processes, idle, strict=True)]
        watched = Watched(client, scheduler, tiles)
        began, spent = time.perf_counter(), [processor(one) for one in processes]
        submission.on_workers(client, sleep_tile, watched.sent(), str(seconds), watched.tick)
        wall = time.perf_counter() - began
        used = [processor(one) - before for one, before in zip(processes, spent, strict=True)]
        own = psutil.Process().memory_info().rss
    return {
        "tiles": tiles, "workers": workers, "sleep": seconds, "settings": dict(settings), "wall": wall,
        "ms_a_tile": wall / tiles * 1e3,
        "scheduler_ms_a_tile": used[0] / tiles * 1e3, "client_ms_a_tile": used[1] / tiles * 1e3,
        "workers_ms_a_tile": used[2] / tiles * 1e3,
        "idle_cores": dict(zip(("scheduler", "client", "workers"), idle, strict=True)),
        "ideal": tiles * seconds / workers, "in_flight": watched.most, "known_to_scheduler": watched.known,
        "scheduler_megabytes": watched.held, "client_megabytes": round(own / 1e6), "load": os.getloadavg()[0],
    }  # fmt: skip
