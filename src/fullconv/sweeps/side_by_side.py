"""How many jobs of a sweep run side by side, and how many threads each of them has."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fullconv.config.cores import THREADS, cores

# What libraries read when they start: without these, eight jobs on eight cores keep 64 threads busy.
_POOLS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
_OF_TENSORFLOW = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
_A_JOB = 2 * 2**30  # bytes of memory: a training on MNIST's size takes about half


def jobs_side_by_side(processors: int | None = None, memory: int | None = None) -> int:
    """Return how many jobs the machine carries at once: one a core, as far as memory (in bytes) goes, at least one."""
    free = _free_memory() if memory is None else memory
    return max(1, min(processors or cores(), free // _A_JOB if free else processors or cores()))


def _free_memory() -> int:
    """Return the bytes that programs may still take; 0 where the system does not tell."""
    facts = Path("/proc/meminfo")
    if not facts.exists():
        return 0
    lines = dict(line.split(":", 1) for line in facts.read_text().splitlines())
    return int(lines.get("MemAvailable", "0 kB").split()[0]) * 1024


def threads_of_a_job(launcher: Mapping[str, Any], wanted: int | None = None, processors: int | None = None) -> int:
    """Return the threads of one job: `wanted`, or what the launcher's settings leave to it.

    Those are joblib's `n_jobs` (the cores are divided by it), submitit's `cpus_per_task` and Ray's `num_cpus`; under
    a launcher that runs one job at a time a job has every core.
    """
    if wanted is not None:
        return wanted
    here = processors or cores()
    if "n_jobs" in launcher:
        at_once = launcher["n_jobs"] or 1
        # As joblib counts: -1 is every core, -2 all but one.
        return max(1, here // (at_once if at_once > 0 else max(1, here + 1 + at_once)))
    given = launcher.get("cpus_per_task") or _of_ray(launcher.get("ray") or {})
    return max(1, int(given)) if given else here


def _of_ray(settings: Mapping[str, Any]) -> float | None:
    given: float | None = (settings.get("remote") or {}).get("num_cpus")
    # Ray gives a task one processor if it is not told how many.
    return given if given is not None or not settings else 1


def thread_environment(threads: int) -> dict[str, str]:
    """Return the environment in which a new process keeps so many threads busy, in TensorFlow and elsewhere."""
    return {name: str(threads) for name in (THREADS, *_POOLS, *_OF_TENSORFLOW)}


def process_environment(threads: int) -> dict[str, str]:
    """Return this process's environment with so many threads, and with this package first on the path."""
    root = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(part for part in (root, os.environ.get("PYTHONPATH", "")) if part)
    return {**os.environ, **thread_environment(threads), "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}
