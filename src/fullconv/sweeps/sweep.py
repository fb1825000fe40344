"""A Hydra callback that makes the jobs of a multirun one sweep: one MLflow run above theirs, one table at the end."""

import fcntl
import logging
import os
import shlex
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf, open_dict, read_write

from fullconv.config.literal import unresolved
from fullconv.config.overrides import assigned
from fullconv.config.signs import loading
from fullconv.errors import InputError
from fullconv.sweeps.job_identity import code_digest, short_names
from fullconv.sweeps.job_run import tracking_of
from fullconv.sweeps.outcomes import KILLED, Sweep, ended, read_outcomes
from fullconv.sweeps.ray_address import check_ray
from fullconv.sweeps.sweep_run import close_parent, open_parent
from fullconv.sweeps.sweep_table import print_jobs
from fullconv.track.identity import digest
from fullconv.track.store.opening import Store, Work, open_store

log = logging.getLogger(__name__)

_ELSEWHERE = ("hydra", "tracking", "job")  # keys that change nothing of what a sweep computes


@dataclass
class _Open:
    """The sweep of this process."""

    sweep: Sweep
    folder: Path
    store: Store | None
    objective: str
    command: str
    lock: TextIO  # held as long as it is open
    work: Work | None  # on its run


_current: _Open | None = None  # not in the callback, which Hydra sends to every worker


class SweepCallback(Callback):
    """Opens the sweep before the first job, and closes it after the last."""

    def on_multirun_start(self, config: DictConfig, **kwargs: Any) -> None:
        """Open the sweep, or go on with the one that was interrupted; tell the jobs where it keeps their outcomes."""
        global _current
        loading("what jobs need")
        try:
            check_ray(config.hydra.launcher)
            _current = _opened(config)
        except InputError as error:
            # Hydra would only log what a callback raises, and start the jobs.
            raise SystemExit(f"error: {error}") from None
        with read_write(config), open_dict(config):
            # Every launcher passes these on with each job; an environment variable does not reach Ray's workers.
            config.hydra.overrides.hydra.append(assigned("job.sweep", str(_current.folder)))

    def on_multirun_end(self, config: DictConfig, **kwargs: Any) -> None:
        """Close the sweep and print its table; the exit code says whether every job was done."""
        if not close_sweep():
            raise SystemExit(1)


@contextmanager
def sweep_closed() -> Iterator[None]:
    """Close the sweep that the block began, also when a person ends it or a sweeper raises.

    A process that is told to end (SIGTERM) closes it too; one that is killed leaves it to the next attempt.
    """
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        yield
    except BaseException as error:
        interrupted = isinstance(error, KeyboardInterrupt | SystemExit)
        if _current is not None:
            close_sweep(KILLED if interrupted else "failed")
        if isinstance(error, KeyboardInterrupt):
            raise SystemExit("error: interrupted. The same command goes on with the jobs that are left.") from None
        raise


def _opened(config: DictConfig) -> _Open:
    overrides = _overrides(config)
    varies = varying_keys(overrides)
    identity = _identity(config, overrides)
    folder = Path(config.hydra.sweep.dir).resolve() / "sweeps" / identity
    lock = _lock(folder)
    store = open_store(tracking_of(config))
    again = bool(config.job.again)
    if again:
        shutil.rmtree(folder / "jobs", ignore_errors=True)
    name = " × ".join(short_names(varies).values()) or "sweep"
    chosen = config.hydra.runtime.choices.get("sweep") or name
    work = None if store is None else open_parent(store, identity, name, chosen, again)
    sweep = Sweep(identity, chosen, None if work is None else work.run_id, varies, time.time())
    sweep.write(folder)
    return _Open(sweep, folder, store, str(config.objective), _command(config), lock, work)


def _overrides(config: DictConfig) -> list[str]:
    """Return what a person gave on the command line and what the sweeper's settings add, without `job`'s."""
    params = OmegaConf.select(config, "hydra.sweeper.params") or {}
    given = [*(f"{key}={value}" for key, value in params.items()), *unresolved(config.hydra.overrides.task)]
    return [one for one in given if not one.lstrip("+").startswith("job.")]


def varying_keys(overrides: list[str]) -> list[str]:
    """Return the keys that have several values, in their order."""
    parsed = OverridesParser.create().parse_overrides(overrides)
    return list(dict.fromkeys(one.get_key_element() for one in parsed if one.is_sweep_override()))


def _identity(config: DictConfig, overrides: list[str]) -> str:
    # As it stands, interpolations too: a knob that varies may make one that cannot be resolved yet.
    tree = OmegaConf.to_container(config, resolve=False)
    assert isinstance(tree, dict)
    knobs = {str(key): value for key, value in tree.items() if key not in _ELSEWHERE}
    given = sorted(one for one in overrides if not one.startswith(("tracking=", "tracking.")))
    return digest({"overrides": given, "knobs": repr(knobs), "code": code_digest()})


def _command(config: DictConfig) -> str:
    given = [*unresolved(config.hydra.overrides.hydra), *unresolved(config.hydra.overrides.task)]
    parts = [one for one in given if not one.startswith(("hydra.mode=", "job.sweep=", "job.again="))]
    return shlex.join(["python", "pipelines/experiment.py", "-m", *parts])


def _lock(folder: Path) -> TextIO:
    """Return the open lock of a sweep's folder; the kernel gives it back when this process ends.

    Raises:
        InputError: another process runs the same sweep.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stream = (folder / "lock").open("a+")
    try:
        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        stream.seek(0)
        holder = stream.read().strip() or "another one"
        stream.close()
        raise InputError("sweep", f"it runs already, in process {holder}", "Wait for it, or end it.") from None
    stream.truncate(0)
    stream.write(f"{os.getpid()}\n")
    stream.flush()
    return stream


def close_sweep(state: str = "") -> bool:
    """Close this process's sweep, if one is open; print its table; return whether every job was done.

    `state` says how the sweep ended if not by itself: "killed" or "failed".
    """
    global _current
    if _current is None:
        return True
    here, _current = _current, None
    outcomes = ended(read_outcomes(here.folder))
    if outcomes:
        print_jobs(f"Sweep {here.sweep.name}: {here.objective}", outcomes)
    now = [one for one in outcomes if one.started == here.sweep.started]
    whole = not state and all(one.done for one in now)
    if here.store is not None and here.work is not None:
        status = "KILLED" if state == KILLED else "FINISHED" if whole else "FAILED"
        whole &= close_parent(here.store, here.work, status, here.objective, here.command, outcomes)
    here.lock.close()
    return whole
