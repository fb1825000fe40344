"""The state that a run came from, kept with the run: DVC's lock, parameters, changes that no commit holds."""

import tempfile
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml  # type: ignore[import-untyped]

from fullconv.track.identity import PREFIX, digest
from fullconv.track.provenance.code import changes
from fullconv.track.store.opening import Store

if TYPE_CHECKING:
    from mlflow.entities import Run

STATE = "state"  # the folder of a run's artifacts
PATCH = "changes.patch"
COMMAND = "command"  # the tag of a sweep's job: what repeats it
WHOLE = ("dvc.lock", "params.yaml")  # kept as they are, committed or not
BINARY = "not_kept.txt"  # names of files that changed and are no texts
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where PyYAML has it
_SHARED = ("prepare", "mosaics")
_OWN = ("train", "convert", "evaluate")


def stages_digest(lock: Mapping[str, Any], name: str) -> str | None:
    """Return the digest of what a DVC lock says of one classifier's stages; None if it does not have them all.

    `publish` and what other classifiers share with it stay out, so that the digest is the same before and after.
    """
    stages = lock.get("stages") or {}
    wanted = [*_SHARED, *(f"{stage}@{name}" for stage in _OWN)]
    return digest({stage: stages[stage] for stage in wanted}) if all(stage in stages for stage in wanted) else None


@lru_cache(maxsize=1)
def read_lock(text: str) -> Mapping[str, Any]:
    """Return what a dvc.lock says."""
    return dict(yaml.load(text, Loader=_LOADER) or {})  # both load plain values alone


def state_tag(stages: str) -> str:
    """Return the tag that a run of such stages carries; one run may carry several, as code changes and outputs do not.

    Its value is the classifier's name.
    """
    return f"{PREFIX}dvc.stages.{stages}"


def present_state(name: str) -> dict[str, str]:
    """Return the tag of the present state of a classifier's stages; none if DVC has no such state."""
    lock = Path("dvc.lock")
    stages = stages_digest(read_lock(lock.read_text()), name) if lock.is_file() else None
    return {} if stages is None else {state_tag(stages): name}


def mark_state(store: Store, run: "Run", name: str) -> None:
    """Tag a published run with the present state of its classifier's stages, if DVC has one."""
    for tag, value in present_state(name).items():
        if tag not in run.data.tags:
            store.client.set_tag(run.info.run_id, tag, value)


def log_state(store: Store, run_id: str, whole: Sequence[str] = WHOLE) -> None:
    """Log the files of DVC's state and the changes of code since git's last commit to a run, as far as they are there.

    A sweep's job comes from no state of DVC's: its `whole` is empty.
    """
    for name in whole:
        if Path(name).is_file():
            store.client.log_artifact(run_id, name, STATE)
    changed = changes()
    kept = {PATCH: changed.patch, BINARY: "".join(f"{name}\n" for name in changed.binary).encode()}
    with tempfile.TemporaryDirectory() as folder:
        for name, content in kept.items():
            if content:
                (Path(folder) / name).write_bytes(content)
        store.client.log_artifacts(run_id, folder, STATE)
