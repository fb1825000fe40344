"""The process of one job: TensorFlow starts anew in it, with the threads that its environment names.

    python -m fullconv.sweeps.job_process

A guard (fullconv.sweeps.guard) starts it and writes one line of JSON to its input. It leaves `outcome.json` in the
job's folder: without one it has died. It ends when the guard does.
"""

import json
import logging
import os
import sys
import threading
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from fullconv.config.load import settings_from
from fullconv.errors import InputError
from fullconv.files import whole_file, write_json
from fullconv.sweeps.job import Task, kept_objective, log_job, log_pruning, store_of, work
from fullconv.sweeps.outcomes import FAILED, FINISHED, OUTCOME, PRUNED, TRACEBACK, UNLOGGED


def task_of(ticket: Mapping[str, Any]) -> Task:
    """Return the task that a guard wrote down."""
    settings = settings_from(OmegaConf.create(ticket["settings"]))
    return Task(settings, Path(ticket["folder"]), Path(ticket["checkpoint"]), ticket["run_id"])


def run(task: Task) -> dict[str, Any]:
    """Return what became of a job: its state, its objective, and its error if there is one.

    What an earlier attempt left whole is logged without being computed again.
    """
    objective, store = kept_objective(task.folder), None
    try:
        store = store_of(task)
        if objective is None:
            objective = work(task, store)
    except Exception as error:
        if task.settings.job.trial is not None and log_pruning(store, task, error):
            return {"state": PRUNED, "objective": None, "error": str(error)}
        return {"state": FAILED, "objective": None, "error": _told(task, error)}
    try:
        if store is not None:
            log_job(store, task, objective)
    except Exception as error:
        return {"state": UNLOGGED, "objective": objective, "error": _told(task, error)}
    return {"state": FINISHED, "objective": objective, "error": None}


def _told(task: Task, error: Exception) -> str:
    """Return an error's last line; its traceback goes to the job's folder and to standard error."""
    text = "".join(traceback.format_exception(error))
    with whole_file(task.folder / TRACEBACK) as temporary:
        temporary.write_text(text)
    if isinstance(error, InputError):
        sys.stderr.write(f"error: {error}\n")
        return " ".join(str(error).split())
    sys.stderr.write(text)
    return " ".join(traceback.format_exception_only(error)[-1].split())


def _end_with_the_guard() -> None:
    sys.stdin.read()
    # Whoever would hear of this job is gone; the training goes on from its last epoch when it is run again.
    os._exit(1)


def main() -> None:
    """Run the job that standard input names."""
    ticket = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_the_guard, daemon=True).start()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    task = task_of(ticket)
    write_json(task.folder / OUTCOME, run(task))


if __name__ == "__main__":
    main()
