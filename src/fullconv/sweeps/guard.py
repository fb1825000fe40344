"""The guard of one job: it starts the job's process, never computes itself, and tells what became of the job."""

import logging
import math
import shlex
import shutil
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from fullconv.config.literal import as_yaml, unresolved
from fullconv.config.load import chosen_name, settings_from
from fullconv.config.schema import ExperimentConfig
from fullconv.errors import InputError
from fullconv.sweeps.child import Ended, run_child
from fullconv.sweeps.job import kept_objective
from fullconv.sweeps.job_identity import job_identity, varying_label
from fullconv.sweeps.job_run import Job, begin_run, end_run, finished_run, tracking_of
from fullconv.sweeps.outcomes import (
    DONE,
    FAILED,
    KILLED,
    REFUSED,
    THERE,
    UNLOGGED,
    Outcome,
    Sweep,
    read_sweep,
    write_outcome,
)
from fullconv.sweeps.side_by_side import process_environment, threads_of_a_job
from fullconv.track.identity import digest, parameters_of
from fullconv.track.store.locks import locked
from fullconv.track.store.opening import Store, open_store

log = logging.getLogger(__name__)

CHECKPOINTS = Path("checkpoints/jobs")
_PROGRAM = "python pipelines/experiment.py"


@dataclass(frozen=True)
class Place:
    """What Hydra says of a job: number, overrides, the launcher's settings, and where sweeps keep their things."""

    number: int
    overrides: list[str]  # of knobs; not of hydra or of the job itself
    launcher: Mapping[str, Any]
    folder: Path

    @property
    def command(self) -> str:
        """Return the command that runs this job alone."""
        return shlex.join([*_PROGRAM.split(), *self.overrides])


def place_of(hydra: Any) -> Place:
    """Return what Hydra says of the job that it runs (`HydraConfig.get()`)."""
    number = 0 if OmegaConf.is_missing(hydra.job, "num") else int(hydra.job.num)
    return Place(
        number=number,
        overrides=[one for one in unresolved(hydra.overrides.task) if not one.lstrip("+").startswith("job.")],
        launcher=_plain(hydra.launcher),
        folder=Path(hydra.sweep.dir).resolve(),
    )


def _plain(node: Any) -> dict[str, Any]:
    plain = OmegaConf.to_container(node, resolve=True)
    assert isinstance(plain, dict)
    return {str(key): value for key, value in plain.items()}


def guarded(composition: DictConfig, place: Place) -> Outcome:
    """Run one job to its end, whatever that is; leave what became of it in its sweep's folder.

    A job that is finished is not run again. Nothing but an interruption by a person is raised.
    """
    sweep = read_sweep(composition.job.sweep)
    label = varying_label(place.overrides, sweep.varies if sweep else []) or " ".join(place.overrides) or "as it is"
    outcome = Outcome(place.number, label, place.overrides, started=sweep.started if sweep else 0.0)
    log.info("job %d (%s): begins", outcome.number, label)
    record = _Record(composition.job.sweep, digest(place.overrides))
    start = time.perf_counter()
    try:
        try:
            settings = settings_from(composition)
        except InputError as error:
            outcome = _refused(composition, place, sweep, replace(outcome, state=REFUSED, error=_line(error)))
            return outcome
        record.name = job_identity(settings)
        record.write(outcome)
        outcome = _run(settings, place, sweep, outcome, record.name)
    except (KeyboardInterrupt, SystemExit):
        outcome = replace(outcome, state=KILLED, error="interrupted")
        raise
    except Exception as error:
        log.log(logging.DEBUG if isinstance(error, InputError) else logging.ERROR, "where it was raised", exc_info=True)
        outcome = replace(outcome, state=FAILED, error=_line(error))
    finally:
        if outcome.state != THERE:
            outcome = replace(outcome, seconds=time.perf_counter() - start)
        record.write(outcome)
        _say(outcome)
    return outcome


def _refused(composition: DictConfig, place: Place, sweep: Sweep | None, outcome: Outcome) -> Outcome:
    """Show a combination of values that cannot be run among the others."""
    store = open_store(tracking_of(composition))
    if store is None:
        return outcome
    job = Job(digest(place.overrides), outcome.label, place.command, str(composition.objective), outcome.number)
    run_id = begin_run(store, job, sweep, {})
    end_run(store, run_id, Ended(outcome.state, None, outcome.error, ""))
    return replace(outcome, run_id=run_id)


@dataclass
class _Record:
    folder: str | None
    name: str

    def write(self, outcome: Outcome) -> None:
        write_outcome(self.folder, self.name, outcome)


def _line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text if isinstance(error, InputError) else f"{type(error).__name__}: {text}"


def _say(outcome: Outcome) -> None:
    head = f"job {outcome.number} ({outcome.label}): {outcome.state}"
    if outcome.error:
        log.warning("%s: %s", head, outcome.error)
    else:
        log.info("%s%s", head, "" if outcome.objective is None else f", {outcome.objective:.4f}")


def _run(settings: ExperimentConfig, place: Place, sweep: Sweep | None, outcome: Outcome, identity: str) -> Outcome:
    folder = place.folder / "jobs" / identity
    checkpoint = CHECKPOINTS / identity
    # Two sweeps may hold the same job: the second waits, and then finds it finished.
    with locked(folder.with_suffix(".lock")):
        store = open_store(settings.tracking)
        if settings.job.again:
            shutil.rmtree(folder, ignore_errors=True)
            shutil.rmtree(checkpoint, ignore_errors=True)
        else:
            there = finished_run(store, identity, folder)
            if there is not None:
                return replace(outcome, state=THERE, **asdict(there))
        folder.mkdir(parents=True, exist_ok=True)
        run_id = None
        if store is not None:
            job = Job(identity, outcome.label, place.command, settings.objective, outcome.number, settings.job.trial)
            run_id = begin_run(store, job, sweep, parameters_of(settings, chosen_name(settings)))
        ticket = {
            "settings": _as_text(settings),
            "folder": str(folder),
            "checkpoint": str(checkpoint / "checkpoint"),
            "run_id": run_id,
        }
        computed = kept_objective(folder) is None
        threads = threads_of_a_job(place.launcher, settings.job.threads)
        try:
            prefix = f"[{outcome.number}] " if sweep else ""
            ended = run_child(ticket, folder, process_environment(threads), prefix)
        except BaseException as error:
            if store is not None and run_id is not None:
                said = (FAILED, _line(error)) if isinstance(error, Exception) else (KILLED, "interrupted")
                end_run(store, run_id, Ended(said[0], None, said[1], ""))
            raise
        return _settled(store, folder, checkpoint, replace(outcome, run_id=run_id), ended, computed)


def _as_text(settings: ExperimentConfig) -> str:
    return as_yaml(asdict(settings))


def _settled(
    store: Store | None, folder: Path, checkpoint: Path, outcome: Outcome, ended: Ended, computed: bool
) -> Outcome:
    logged = store is None or outcome.run_id is None or end_run(store, outcome.run_id, ended, computed)
    state, error = ended.state, ended.error
    if state in DONE and not logged:
        state, error = UNLOGGED, "the store took its results, but not that they are whole"
    if ended.state in (*DONE, UNLOGGED):
        shutil.rmtree(checkpoint, ignore_errors=True)
    if state in DONE and store is not None:
        shutil.rmtree(folder, ignore_errors=True)
    objective = ended.objective if ended.objective is None or math.isfinite(ended.objective) else None
    return replace(outcome, state=state, objective=objective, error=error)
