"""From a state of DVC's pipeline to the runs that show it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from subprocess import CalledProcessError
from typing import TYPE_CHECKING, Any

from fullconv.errors import InputError
from fullconv.track.identity import PREFIX
from fullconv.track.provenance.code import git
from fullconv.track.provenance.lineage import read_lock, stages_digest, state_tag
from fullconv.track.store.opening import Store

if TYPE_CHECKING:
    from mlflow.entities import Run

_LOCK = "dvc.lock"
_TRAIN = "train@"


@dataclass(frozen=True)
class Shown:
    """A classifier of a state, and the run that shows it; None: not published."""

    name: str
    run: "Run | None"


def lock_of(rev: str | None) -> Mapping[str, Any]:
    """Return the working tree's dvc.lock, or that of a git revision or of a DVC experiment by its name.

    Raises:
        InputError: no such revision, or none with a dvc.lock.
    """
    if rev is None:
        if not Path(_LOCK).is_file():
            raise InputError(_LOCK, "not there", "Run dvc repro, or give rev=REVISION.")
        return read_lock(Path(_LOCK).read_text())
    for candidate in (rev, *_experiments(rev)):
        text = _answer("show", f"{candidate}:{_LOCK}")
        if text is not None:
            return read_lock(text)
    mend = "Give a commit, a branch, a tag or an experiment's name (dvc exp list)."
    raise InputError("rev", f"{rev!r} is no revision with a {_LOCK}", mend)


def runs_of(store: Store, lock: Mapping[str, Any]) -> list[Shown]:
    """Return each classifier of a DVC lock with its newest run of the same stages."""
    names = [stage.removeprefix(_TRAIN) for stage in lock.get("stages", {}) if stage.startswith(_TRAIN)]
    return [Shown(name, _run(store, lock, name)) for name in names]


def _run(store: Store, lock: Mapping[str, Any], name: str) -> "Run | None":
    stages = stages_digest(lock, name)
    if stages is None:
        return None
    tag = state_tag(stages)
    # Runs of fullconv 0.1.0 have the tag without the prefix.
    there = store.runs({tag: name}) or store.runs({tag.removeprefix(PREFIX): name})
    return there[0] if there else None


def _experiments(name: str) -> list[str]:
    listed = _answer("for-each-ref", "--format=%(refname)", "refs/exps") or ""
    return [ref for ref in listed.splitlines() if ref.rpartition("/")[2] == name]


def _answer(*arguments: str) -> str | None:
    try:
        return git(*arguments).decode()
    except (OSError, CalledProcessError):
        return None
