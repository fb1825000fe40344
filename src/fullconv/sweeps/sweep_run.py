"""A sweep's run on MLflow, the parent of its jobs' runs: begun or gone on with, and ended."""

import json
import logging
import math
from collections.abc import Sequence

from fullconv.sweeps.job_run import PARENT
from fullconv.sweeps.outcomes import Outcome, best
from fullconv.sweeps.sweep_table import jobs_table, sweep_note
from fullconv.track.dashboard import NOTE
from fullconv.track.provenance.code import provenance
from fullconv.track.store.opening import Store, Work
from fullconv.track.store.process import PROCESS, this_process

log = logging.getLogger(__name__)

SWEEP = "fullconv.sweep"  # tag: the identity of a sweep
_TABLE = "jobs.json"


def open_parent(store: Store, identity: str, name: str, sweep: str, again: bool) -> Work:
    """Return the work on the run of a sweep: that of an earlier attempt at the same one, or a new one.

    Jobs that an attempt left running are killed ones: whoever asks holds the sweep's lock.
    """
    tags = {SWEEP: identity, "sweep": sweep, "stage": "sweep", PROCESS: this_process(), **provenance()}
    there = [] if again else store.runs({SWEEP: identity})
    if not there:
        return store.work_anew(name[:200], tags, {})
    parent = str(there[0].info.run_id)
    _kill_children(store, parent)
    for key, value in tags.items():
        store.client.set_tag(parent, key, value)
    return store.work_on(parent)


def _kill_children(store: Store, parent: str) -> None:
    for run in store.runs({PARENT: parent}):
        if run.info.status == "RUNNING":
            store.client.update_run(run.info.run_id, status="KILLED")  # when it died nobody knows


def close_parent(
    store: Store, work: Work, status: str, objective: str, command: str, outcomes: Sequence[Outcome]
) -> bool:
    """End a sweep's run: the best job's objective, the table of jobs, the note; return whether the store took it.
    A sweep that ended before its first job leaves no run.
    """
    client, parent = store.client, work.run_id
    try:
        _kill_children(store, parent)
        if not outcomes:
            client.delete_run(parent)
            return True
        winner = best(outcomes)
        if winner is not None and winner.objective is not None and math.isfinite(winner.objective):
            client.log_metric(parent, "objective", winner.objective)
            client.set_tag(parent, "best", winner.label)
            if winner.run_id:
                client.set_tag(parent, "best_run", winner.run_id)
        # Not log_table, which adds to the table of an earlier attempt.
        client.log_dict(parent, jobs_table(outcomes), _TABLE)
        client.set_tag(parent, "mlflow.loggedArtifacts", json.dumps([{"path": _TABLE, "type": "table"}]))
        client.set_tag(parent, NOTE, sweep_note(objective, command, outcomes))
        store.end(work, status)
    except Exception as error:  # whatever the store says: the jobs' results are there
        log.warning("the sweep's run is not closed (%s). The same command does it.", " ".join(str(error).split()))
        return False
    return True
