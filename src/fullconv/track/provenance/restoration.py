"""From a run to the code, the parameters and the data that it came from, in a folder of their own."""

import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fullconv.errors import InputError
from fullconv.files import whole_folder
from fullconv.track.identity import PREFIX, fact
from fullconv.track.provenance.code import CODE, git
from fullconv.track.provenance.lineage import BINARY, COMMAND, PATCH, STATE, WHOLE
from fullconv.track.registry.models import answering
from fullconv.track.registry.promotion import find_run
from fullconv.track.store.opening import Store

if TYPE_CHECKING:
    from mlflow.entities import Run


@dataclass(frozen=True)
class Restored:
    """A folder with a run's state, what of its data the cache does not have, and the command that goes on from it."""

    folder: Path
    commit: str
    changed: bool  # uncommitted changes of that time were applied
    locked: bool  # dvc.lock is that of the run; else the commit's, or of no use (a sweep's job)
    missing: tuple[str, ...]
    command: str
    lost: tuple[str, ...]  # files of code that had changes which the run does not hold


def restore(store: Store, run_id: str, out: Path | None) -> Restored:
    """Make a clone at a run's commit, with its parameters, lock, uncommitted changes, and data from DVC's cache.

    The person's own working tree is only read. `out` is by default a folder beside the project, named after the run.

    Raises:
        InputError: no such run, one without a commit, a commit that is not here, or `out` is there already.
    """
    with answering(store):
        run = find_run(store, run_id)
        commit = fact(run.data.tags, "git.commit")
        if commit is None:
            mend = "It was made outside of git, and nothing says by which code."
            raise InputError(f"run {run_id}", f"has no tag {PREFIX}git.commit", mend)
        top = Path(_git("rev-parse", "--show-toplevel").strip())
        folder = out or top.parent / f"{top.name}-{run_id[:8]}"
        if folder.exists() or folder.is_symlink():
            raise InputError("out", f"{folder} is there already", "Give out=DIR, a folder that is not there.")
        with tempfile.TemporaryDirectory() as temporary:
            state = _state(store, run, Path(temporary))
            with whole_folder(folder) as made:
                _check_out(top, commit, made, state)
                missing = () if _is_job(run) else _data(top, made)
            kept = set() if state is None else {file.name for file in state.iterdir()}
            lost = _lost(run, state)
    changed, locked = PATCH in kept, "dvc.lock" in kept
    return Restored(folder, commit, changed, locked, missing, f"cd {shlex.quote(str(folder))} && {_command(run)}", lost)


def _lost(run: "Run", state: Path | None) -> tuple[str, ...]:
    """Return the files with changes that a run does not hold: no texts, or all of a training that was not published."""
    if state is not None and (state / BINARY).is_file():
        return tuple((state / BINARY).read_text().splitlines())
    held = state is not None and (state / PATCH).is_file()
    return CODE if fact(run.data.tags, "git.clean") == "false" and not held else ()


def _is_job(run: "Run") -> bool:
    return bool(run.data.tags.get("stage") == "job")


def _command(run: "Run") -> str:
    return str(run.data.tags.get(COMMAND, "python pipelines/experiment.py")) if _is_job(run) else "dvc repro"


def _state(store: Store, run: "Run", folder: Path) -> Path | None:
    run_id = run.info.run_id
    if not any(one.path == STATE for one in store.client.list_artifacts(run_id)):
        return None
    return Path(store.client.download_artifacts(run_id, STATE, str(folder)))


def _check_out(top: Path, commit: str, made: Path, state: Path | None) -> None:
    # A local clone has all objects, those too that no branch leads to: a DVC experiment's.
    _git("clone", "--quiet", "--no-checkout", "--local", str(top), str(made))
    try:
        git("checkout", "--quiet", "--detach", commit, folder=made)
    except subprocess.CalledProcessError as error:
        mend = "Fetch it (git fetch --all; dvc exp pull), or run this in the clone that has it."
        raise InputError(f"commit {commit}", "is not in this repository", mend) from error
    if state is None:
        return
    if (state / PATCH).is_file():
        _git("apply", "--whitespace=nowarn", str(state / PATCH), folder=made)
    for name in WHOLE:
        if (state / name).is_file():
            (made / name).write_bytes((state / name).read_bytes())


def _data(top: Path, made: Path) -> tuple[str, ...]:
    """Fetch the outputs from the cache of the person's own project; return those that are not in it."""
    cache = (top / _dvc("cache", "dir", folder=top).strip()).resolve()
    (made / ".dvc" / "config.local").write_text(f"[cache]\n    dir = {cache}\n")
    _dvc("checkout", "--quiet", "--force", "--allow-missing", folder=made)
    status: dict[str, Any] = json.loads(_dvc("data", "status", "--json", folder=made))
    return tuple(sorted(status.get("not_in_cache", [])))


def _git(*arguments: str, folder: Path | None = None) -> str:
    try:
        return git(*arguments, folder=folder).decode()
    except (OSError, subprocess.CalledProcessError) as error:
        raise _failed(["git", *arguments], error) from error


def _dvc(*arguments: str, folder: Path) -> str:
    # A surrounding DVC stage's root is not this project's.
    surroundings = {key: value for key, value in os.environ.items() if not key.startswith("DVC_")}
    command = [sys.executable, "-m", "dvc", *arguments]
    try:
        return subprocess.run(
            command, cwd=folder, env=surroundings, capture_output=True, check=True, text=True, stdin=subprocess.DEVNULL
        ).stdout
    except subprocess.CalledProcessError as error:
        raise _failed(["dvc", *arguments], error) from error


def _failed(command: Sequence[str], error: Exception) -> InputError:
    said = getattr(error, "stderr", None) or str(error)
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    return InputError(" ".join(command[:2]), f"failed ({text.strip()})", "Mend what it says, then run this again.")
