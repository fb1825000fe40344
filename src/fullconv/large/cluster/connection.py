"""The workers that `locate.cluster` asks for: started, or found, and left again."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from fullconv.config.clusters import LOCAL, SLURM, Place
from fullconv.config.cores import cores
from fullconv.errors import InputError
from fullconv.large.cluster.environment import LEAN, Environment, only_for_workers, worker_environment
from fullconv.large.cluster.slurm import slurm_cluster
from fullconv.large.cluster.versions import check_versions, versions

if TYPE_CHECKING:
    from distributed import Client, LocalCluster

log = logging.getLogger(__name__)

_PATIENCE = 10  # seconds for a scheduler to answer
_CARRIERS = ("dask", "distributed", "python")  # what a scheduler has to have in common with who asks it


@contextmanager
def connected(place: Place, options: Mapping[str, Any], environment: Environment) -> Iterator["Client"]:
    """Yield a client of the workers that a place means; what was started for it ends with the block.

    `options` are those of a Slurm cluster.

    Raises:
        InputError: Dask is not installed, no scheduler answers, it has other versions, or Slurm is not to be had.
    """
    _require_dask(place)
    import dask
    from distributed import Client

    # Of what comes and goes Dask tells much; what matters is told here.
    logging.getLogger("distributed").setLevel(logging.WARNING)

    # To the end: a connection takes up what is set when it is made, and workers come late.
    with dask.config.set(dict(LEAN)):
        if place.kind == LOCAL:
            with (
                _local(place.workers or cores(), environment) as cluster,
                Client(cluster, set_as_default=False) as client,
            ):
                yield client
        elif place.kind == SLURM:
            with slurm_cluster(options, environment) as cluster, Client(cluster, set_as_default=False) as client:
                log.info("the scheduler is %s; workers join as Slurm starts them", cluster.scheduler_address)
                yield client
        else:
            with _asked(place.address) as client:
                yield client


def _require_dask(place: Place) -> None:
    for package in ("distributed", *(("dask_jobqueue",) if place.kind == SLURM else ())):
        if find_spec(package) is None:
            mend = "Install it: pip install 'fullconv[cluster]'."
            raise InputError("locate.cluster", f"{package}, which it needs, is not installed", mend)


def _local(workers: int, environment: Environment) -> "LocalCluster":
    """Return processes on this machine, each with its share of the cores."""
    from distributed import LocalCluster

    given = worker_environment(environment, cores() // workers)
    with only_for_workers(given):
        return LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            # A tile keeps to its own budget; Dask's limit, a share of the memory, would kill a worker that needs it.
            memory_limit=0,
            dashboard_address="127.0.0.1:0",  # any port that is free, of this machine alone
            silence_logs=logging.ERROR,
            env=given,  # also of those that are started later, in the place of one that died
            preload=["fullconv.large.cluster.uninterrupted"],
        )


def _asked(address: str) -> "Client":
    """Return a client of a scheduler that runs."""
    from distributed import Client

    try:
        client = Client(address, timeout=_PATIENCE, set_as_default=False)
    except (OSError, ValueError) as error:
        received = f"no Dask scheduler answers at {address} within {_PATIENCE} s ({error})"
        mend = "Start one there (dask scheduler), or give the address of one that runs."
        raise InputError("locate.cluster", received, mend) from error
    try:
        _check_carriers(client, address)
    except BaseException:
        client.close()
        raise
    return client


def _check_carriers(client: "Client", address: str) -> None:
    """Compare the versions of what carries tasks; those of what computes are compared by each worker."""
    told: Any = client.get_versions()
    packages = told["scheduler"]["packages"]
    there = {**packages, "python": _minor(str(packages["python"]))}
    check_versions({name: versions()[name] for name in _CARRIERS}, there, f"the scheduler {address}")


def _minor(python: str) -> str:
    """Return the part of a version of Python, 3.11.4.final.0, that has to be the same: 3.11."""
    return ".".join(python.split(".")[:2])
