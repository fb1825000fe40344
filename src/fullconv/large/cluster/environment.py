"""The environment in which a worker's process starts."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

# From a number of threads to the environment in which a process keeps no more of them busy.
Environment = Callable[[int], Mapping[str, str]]

# Dask tells a worker's allocator to give memory back at once, and looks every 10 ms where the worker is. Tiles take and
# leave the same large arrays again and again: one took a quarter more of the processor. These are the thresholds that
# glibc finds for itself where nobody sets them.
_OWN = MappingProxyType(
    {
        "MALLOC_TRIM_THRESHOLD_": str(2**26),
        "MALLOC_MMAP_THRESHOLD_": str(2**25),
        "DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED": "False",
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
