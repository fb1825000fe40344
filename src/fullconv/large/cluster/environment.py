"""What Dask is told in the process that has the scheduler, and in those of workers."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

# From a number of threads to the environment in which a process keeps no more of them busy.
Environment = Callable[[int], Mapping[str, str]]

# Of each of its connections Dask keeps the last thousand parcels that went out, for its developers: with 200 workers 3
# kB a tile until a hundred thousand are done. And it looks every 10 ms at what it is doing, for them as well.
LEAN = MappingProxyType({"distributed.admin.low-level-log-length": 10, "distributed.worker.profile.enabled": False})


def as_variables(settings: Mapping[str, Any]) -> dict[str, str]:
    """Return settings of Dask as variables of the environment in which a process of it starts."""
    return {f"DASK_{key.upper().replace('.', '__').replace('-', '_')}": str(value) for key, value in settings.items()}


# Dask tells a worker's allocator to give memory back at once. Tiles take and leave the same large arrays again and
# again: with that, and those looks, one took a quarter more of the processor. These are the thresholds that glibc finds
# for itself where nobody sets them.
_OWN = MappingProxyType(
    {
        "MALLOC_TRIM_THRESHOLD_": str(2**26),
        "MALLOC_MMAP_THRESHOLD_": str(2**25),
        **as_variables(LEAN),
    }
)


def worker_environment(environment: Environment, threads: int) -> dict[str, str]:
    """Return the environment of a worker that keeps so many threads busy."""
    return {**environment(max(1, threads)), **_OWN}


@contextmanager
def only_for_workers(given: Mapping[str, str]) -> Iterator[None]:
    """Let processes that Dask starts meanwhile have these variables from their first moment, and this one not for long.

    Dask writes them into its own process to hand them on.
    """
    import dask

    before = {name: os.environ.pop(name, None) for name in given}
    try:
        # Whole, so that Dask's own of these are not there.
        with dask.config.set({"distributed.nanny.pre-spawn-environ": dict(given)}):
            yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value
