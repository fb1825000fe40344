"""Workers that Slurm starts: a job is a machine's share, its processes one worker each."""

import shutil
import signal
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from fullconv.errors import InputError
from fullconv.large.cluster.environment import Environment, worker_environment

if TYPE_CHECKING:
    from dask_jobqueue import SLURMCluster

_AT = "locate.cluster_options"
_MEND = f"Give {_AT}={{queue: NAME, cores: 16, memory: 32GB, walltime: '04:00:00', jobs: 4}}."


def slurm_cluster(options: Mapping[str, Any], environment: Environment) -> "SLURMCluster":
    """Return a cluster whose workers are asked of Slurm; `environment` limits the threads of a process.

    `options` are those of `dask_jobqueue.SLURMCluster`, and `jobs`: how many are submitted. A job has one worker a core
    unless `processes` says otherwise, each with its share of the cores.

    Raises:
        InputError: an option is missing or unknown, or this machine has no `sbatch`.
    """
    # The package takes Ctrl-C for itself where it is imported: this process goes on as it was.
    interrupted = signal.getsignal(signal.SIGINT)
    try:
        from dask_jobqueue import SLURMCluster
    finally:
        signal.signal(signal.SIGINT, interrupted)

    given = dict(options)
    jobs = given.pop("jobs", 1)
    for key, value in (("cores", given.get("cores")), ("jobs", jobs), ("processes", given.get("processes", 1))):
        if type(value) is not int or value < 1:
            raise InputError(f"{_AT}.{key}", "missing" if value is None else f"received {value!r}", _MEND)
    if "memory" not in given:
        raise InputError(f"{_AT}.memory", "missing", _MEND)
    if shutil.which("sbatch") is None:
        raise InputError("locate.cluster", "this machine has no sbatch", "Run the command where jobs are submitted.")
    processes = given.setdefault("processes", given["cores"])
    exports = [
        f"export {key}={value}" for key, value in worker_environment(environment, given["cores"] // processes).items()
    ]
    given["job_script_prologue"] = [*exports, *given.get("job_script_prologue", [])]
    # One tile at a time is what a worker does: the other cores of its share are TensorFlow's.
    given["worker_extra_args"] = [*given.get("worker_extra_args", []), "--nthreads", "1"]
    # Any port that is free, so that two commands on one machine do not get into each other's way.
    given["scheduler_options"] = {"dashboard_address": ":0", **given.get("scheduler_options", {})}
    try:
        cluster = SLURMCluster(**given)
    except (TypeError, ValueError) as error:
        raise InputError(_AT, str(error).splitlines()[0], _MEND) from error
    cluster.scale(jobs=jobs)
    return cluster
