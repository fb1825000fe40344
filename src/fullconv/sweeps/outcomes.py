"""What became of each job of a sweep, one small file a job, so that a table can be made of them whatever dies."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from fullconv.files import read_json, write_json

RUNNING = "running"
FINISHED = "finished"
THERE = "was finished"  # before this sweep came to it
PRUNED = "pruned"
FAILED = "failed"
REFUSED = "refused"  # a combination of values that cannot be run
KILLED = "killed"
UNLOGGED = "not logged"  # done, but the store took no result: run again, it is logged without training
DONE = (FINISHED, THERE, PRUNED)
_FILE = "sweep.json"
# What a job's process leaves in the job's folder: how it ended, and the whole of its error.
OUTCOME = "outcome.json"
TRACEBACK = "traceback.txt"


@dataclass(frozen=True)
class Sweep:
    """One multirun: its name, its MLflow run, and the keys that differ between its jobs."""

    identity: str
    name: str
    parent: str | None
    varies: list[str]
    started: float  # seconds since 1970; of this attempt, if it was interrupted before

    def write(self, folder: Path) -> None:
        """Write it where the jobs find it, on every machine that shares the folder."""
        write_json(folder / _FILE, asdict(self))


@dataclass(frozen=True)
class Outcome:
    """What became of one job."""

    number: int
    label: str  # what tells it from the other jobs
    overrides: list[str] = field(default_factory=list)
    state: str = RUNNING
    objective: float | None = None
    seconds: float = 0.0
    run_id: str | None = None
    error: str | None = None  # its last line
    started: float = 0.0  # of the sweep's attempt that it belongs to

    @property
    def done(self) -> bool:
        """Whether there is nothing left to do for this job."""
        return self.state in DONE


def read_sweep(folder: str | None) -> Sweep | None:
    """Return the sweep of a folder; None for a job that belongs to none.

    Raises:
        InputError: the folder is not there, as on a machine that does not share it.
    """
    return None if folder is None else Sweep(**read_json(Path(folder) / _FILE))


def write_outcome(folder: str | None, name: str, outcome: Outcome) -> None:
    """Write what became of a job to its sweep's folder; a job that belongs to none leaves nothing."""
    if folder is not None:
        write_json(Path(folder) / "jobs" / f"{name}.json", asdict(outcome))


def read_outcomes(folder: Path) -> list[Outcome]:
    """Return what became of every job that a sweep has begun, in their order."""
    found = [Outcome(**read_json(path)) for path in sorted((folder / "jobs").glob("*.json"))]
    return sorted(found, key=lambda one: (one.number, one.label))


def ended(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Return outcomes of a sweep that is over: what still runs has been killed."""
    return [
        replace(one, state=KILLED, error="ended with the sweep") if one.state == RUNNING else one for one in outcomes
    ]


def best_first(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return the jobs by their objective, the highest first; then those without one."""
    return sorted(outcomes, key=lambda one: (one.objective is None, -(one.objective or 0.0), one.number))


def best(outcomes: Sequence[Outcome]) -> Outcome | None:
    """Return the job of the highest objective among those that ran to their end."""
    whole = [one for one in outcomes if one.state in (FINISHED, THERE, UNLOGGED) and one.objective is not None]
    return best_first(whole)[0] if whole else None


def number_of(objective: float | None) -> float:
    """Return an objective as a sweeper takes it: not a number where there is none."""
    return math.nan if objective is None else objective
