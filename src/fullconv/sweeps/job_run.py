"""A job's run on MLflow, as its guard sees it: begun, found, ended."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from fullconv.config.running import TrackingConfig
from fullconv.errors import InputError
from fullconv.figures.palette import job_colour
from fullconv.sweeps.child import Ended
from fullconv.sweeps.job import kept_objective
from fullconv.sweeps.outcomes import DONE, KILLED, PRUNED, Sweep
from fullconv.sweeps.sweep_table import failure_note, job_note
from fullconv.track.dashboard import COLOUR, NOTE
from fullconv.track.live import shown
from fullconv.track.provenance.code import provenance
from fullconv.track.provenance.lineage import COMMAND, log_state
from fullconv.track.publish import NOTE as MEANINGS
from fullconv.track.store.opening import Store
from fullconv.track.store.process import PROCESS, this_process

if TYPE_CHECKING:
    from mlflow.entities import Run

log = logging.getLogger(__name__)

JOB = "fullconv.job"  # tag: the identity of a job
PARENT = "mlflow.parentRunId"


@dataclass(frozen=True)
class Job:
    """What a run says of its job before it has come to anything."""

    identity: str
    label: str
    command: str  # that runs it alone
    objective: str
    number: int = 0  # in its sweep
    trial: int | None = None  # of a guided search


@dataclass(frozen=True)
class Found:
    """What an earlier attempt at a job came to."""

    objective: float
    run_id: str | None
    seconds: float


def tracking_of(composition: DictConfig) -> TrackingConfig:
    """Return where a composition's runs are logged; its other values may be ones that cannot be used.

    Raises:
        InputError: a key or a type that the schema refuses.
    """
    try:
        merged = OmegaConf.merge(OmegaConf.structured(TrackingConfig), composition.tracking)
        tracking = OmegaConf.to_object(merged)
    except OmegaConfBaseException as error:
        raise InputError("tracking", str(error).splitlines()[0], "See src/fullconv/config/schema.py.") from error
    assert isinstance(tracking, TrackingConfig)
    return tracking


def finished_run(store: Store | None, identity: str, folder: Path) -> Found | None:
    """Return what a finished job came to; None if there is something left to do.

    Without tracking it is finished when its folder is whole.
    """
    if store is None:
        kept = kept_objective(folder)
        return None if kept is None else Found(kept, None, 0.0)
    for run in store.runs({JOB: identity}):
        if _finished(run):
            return Found(run.data.metrics["objective"], str(run.info.run_id), _seconds(run))
    return None


def _seconds(run: "Run") -> float:
    """Return a run's duration; 0 of one that has none, because it holds what an earlier attempt computed."""
    return 0.0 if run.info.end_time is None else (run.info.end_time - run.info.start_time) / 1000


def _finished(run: "Run") -> bool:
    # A pruned one stopped early: its parameters have no objective yet.
    return run.info.status == "FINISHED" and "pruned" not in run.data.tags and "objective" in run.data.metrics


def begin_run(store: Store, job: Job, sweep: Sweep | None, parameters: Mapping[str, Any]) -> str:
    """Return the id of a new run of a job, below its sweep's; it replaces those of attempts that came to nothing."""
    below = {PARENT: sweep.parent} if sweep and sweep.parent else {}
    for run in store.runs({JOB: job.identity, **below}):
        if run.info.status in ("FAILED", "KILLED"):
            store.client.delete_run(run.info.run_id)
    tags = {
        "stage": "job",
        JOB: job.identity,
        COMMAND: job.command,
        PROCESS: this_process(),
        COLOUR: job_colour(job.number),
        NOTE: job_note(sweep.name if sweep else None, job.command, job.objective, MEANINGS),
        **({"sweep": sweep.name} if sweep else {}),
        **below,
        **({} if job.trial is None else {"trial": str(job.trial)}),
        **provenance(),
    }
    run_id = store.begin(job.label[:200], tags, shown(parameters))
    # Now, and not at its end: the code may be another by then.
    log_state(store, run_id, ())
    return run_id


def end_run(store: Store, run_id: str, ended: Ended, computed: bool = True) -> bool:
    """Say on MLflow how a job ended; return whether the store took it.

    A run of what an earlier attempt had `computed` has no duration: it took no longer than logging it.
    """
    try:
        if ended.state in DONE:
            if ended.state == PRUNED:
                store.client.set_tag(run_id, "pruned", "true")
            if computed:
                store.client.set_terminated(run_id, "FINISHED")
            else:
                store.client.update_run(run_id, status="FINISHED")
        else:
            _fail(store, run_id, ended)
    except Exception as error:  # whatever the store says: the job's results are kept, and the sweep goes on
        log.warning("run %s: MLflow did not take how it ended (%s)", run_id, " ".join(str(error).split()))
        return False
    return True


def _fail(store: Store, run_id: str, ended: Ended) -> None:
    client = store.client
    error = ended.error or ended.state
    client.set_tag(run_id, "error", error[:5000])
    client.set_tag(run_id, NOTE, failure_note(client.get_run(run_id).data.tags.get(NOTE, ""), error))
    if ended.traceback:
        client.log_text(run_id, ended.traceback, "traceback.txt")
    client.set_terminated(run_id, "KILLED" if ended.state == KILLED else "FAILED")
