"""Sweeps for real: a process a job, failures among them, interruptions, two at once."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fullconv.files import read_json

pytestmark = pytest.mark.xdist_group("sweeps")

# One epoch on digits, two mosaics: a job takes as long as TensorFlow does to start.
TINY = """# @package _global_
defaults:
  - override /data: digits
  - override /locate: fixed
{none}
train: {{epochs: 1}}
convert: {{images: 20}}
mosaics:
  validation: {{images: 2, figures: 1}}
goals: {{}}
"""
SETS = ("seed_128", "seed_200", "test", "sizes", "scales", "photo", "colour", "dark")
SWEEP = ("pipelines/experiment.py", "-m", "experiment=tiny")


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory, copied: Callable[[Path], Any]) -> Any:
    """A clone with an experiment that is as small as they come."""
    project = copied(tmp_path_factory.mktemp("sweeps") / "fullconv")
    none = "\n".join(f"  - override /mosaic@mosaics.{name}: null" for name in SETS)
    (project.root / "conf" / "experiment" / "tiny.yaml").write_text(TINY.format(none=none))
    return project


def children(project: Any, sweep: str) -> list[Any]:
    return [run for run in project.runs(sweep=sweep) if run.data.tags["stage"] == "job"]


def parent(project: Any, sweep: str) -> Any:
    (run,) = [run for run in project.runs(sweep=sweep) if run.data.tags["stage"] == "sweep"]
    return run


# A shell that starts tests in the background has them ignore Ctrl-C, and all that they start.
HEARS = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.executable, [sys.executable, *sys.argv[1:]])
"""


def begun(project: Any, *command: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", HEARS, *command], cwd=project.root, env=project.environment(),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )  # fmt: skip


def waited(process: "subprocess.Popen[str]", for_what: str) -> str:
    """Return what a process says up to and with a line."""
    said = ""
    assert process.stdout is not None
    for line in process.stdout:
        said += line
        if for_what in line:
            return said
    raise AssertionError(said)


def job_processes(project: Any) -> list[int]:
    """Return the processes of jobs of a clone that are alive."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            inside = (folder / "cwd").readlink() == project.root
        except OSError:
            continue
        if inside and b"fullconv.sweeps.job_process" in words:
            found.append(int(folder.name))
    return found


def gone(project: Any) -> bool:
    """Return whether no process of a job is left soon."""
    for _ in range(300):
        if not job_processes(project):
            return True
        time.sleep(0.1)
    return False


THREE = (*SWEEP, "train.learning_rate=0.001,1e30,-1")  # one that finishes, one that runs away, one that is refused


@pytest.fixture(scope="module")
def three(swept: Any) -> str:
    return str(swept.run(*THREE, fails=True))


@pytest.fixture(scope="module")
def again(swept: Any, three: str) -> str:
    return str(swept.run(*THREE, fails=True))


def test_a_failed_job_fails_alone(swept: Any, three: str) -> None:
    said = three
    assert "finished" in said
    assert "Training ran away" in said
    assert "received -1.0" in said
    runs = {run.info.run_name: run for run in children(swept, "learning_rate")}
    states = {name: run.info.status for name, run in runs.items()}
    assert states == {"learning_rate=0.001": "FINISHED", "learning_rate=1e+30": "FAILED", "learning_rate=-1": "FAILED"}
    whole = runs["learning_rate=0.001"]
    assert {"objective", "val_loss", "validation/AP50", "certificate/max_difference"} <= set(whole.data.metrics)
    above = parent(swept, "learning_rate")
    assert above.info.status == "FAILED"
    assert above.data.metrics["objective"] == whole.data.metrics["objective"]
    assert above.data.tags["best_run"] == whole.info.run_id
    assert {run.data.tags["mlflow.parentRunId"] for run in runs.values()} == {above.info.run_id}


def test_the_same_command_runs_what_is_left(swept: Any, again: str) -> None:
    assert "was finished" in again
    assert len(re.findall(r"\] epoch 1/1", again)) == 0  # the one that runs away never reaches the line
    assert len(children(swept, "learning_rate")) == 3
    assert len([run for run in swept.runs(sweep="learning_rate") if run.data.tags["stage"] == "sweep"]) == 1
    assert not list((swept.root / "checkpoints").rglob("*.npz"))


def test_a_killed_job_fails_a_killed_sweep_goes_on_and_two_at_once_are_refused(swept: Any) -> None:
    command = (*SWEEP, "seed=0,1", "train.epochs=40", "hydra.launcher.n_jobs=1")
    first = begun(swept, *command)
    try:
        waited(first, "] epoch 1/40")
        assert "it runs already" in swept.run(*command, fails=True)
        os.killpg(first.pid, signal.SIGKILL)
        first.wait()
        # Its jobs have a session of their own, and end when they see that nobody listens.
        assert gone(swept)
        assert parent(swept, "seed").info.status == "RUNNING"
    finally:
        first.kill()
        first.stdout.close()  # type: ignore[union-attr]
    second = begun(swept, *command)
    try:
        said = waited(second, "/40")
        # The epochs of the attempt before it are not trained again.
        assert not re.search(r"\] epoch 1/40", said)
        os.kill(job_processes(swept)[0], signal.SIGKILL)
        said = waited(second, "killed by SIGKILL")
        waited(second, "[1] epoch 1/40")
        second.send_signal(signal.SIGINT)
        said, _ = second.communicate()
        assert second.returncode == 1
        assert gone(swept)
    finally:
        second.kill()
    runs = children(swept, "seed")
    assert {run.info.run_name: run.info.status for run in runs} == {"seed=0": "FAILED", "seed=1": "KILLED"}
    failed = next(run for run in runs if run.info.status == "FAILED")
    assert "SIGKILL" in failed.data.tags["error"]
    assert parent(swept, "seed").info.status == "KILLED"


def test_one_job_without_tracking_leaves_its_results(swept: Any) -> None:
    command = ("pipelines/experiment.py", "experiment=tiny", "tracking=none", "seed=5")
    said = swept.run(*command)
    (kept,) = (swept.root / "multirun" / "jobs").glob("*/objective.json")
    assert np.isfinite(read_json(kept)["objective"])
    assert (kept.parent / "report" / "evaluate.json").exists()
    assert "epoch 1/1" in said
    assert "epoch 1/1" not in swept.run(*command)
    assert "objective: received 'validation.no'" in swept.run(*command, "objective=validation.no", fails=True)


@pytest.mark.slow
def test_eight_jobs_at_once_lose_no_run(swept: Any) -> None:
    swept.run(*SWEEP, "seed=11,12,13,14,15,16,17,18", "train.epochs=2", "hydra.launcher.n_jobs=8", "job.threads=1")
    runs = [run for run in children(swept, "seed") if int(run.data.params["seed"]) > 10]
    assert {run.info.status for run in runs} == {"FINISHED"}
    assert sorted(int(run.data.params["seed"]) for run in runs) == list(range(11, 19))
    assert all({"objective", "val_loss", "validation/AP50"} <= set(run.data.metrics) for run in runs)


@pytest.mark.slow
def test_threads_change_no_number(swept: Any) -> None:
    found = []
    for threads in (1, 2):
        swept.run(*SWEEP, "job.again=true", f"job.threads={threads}", "train.epochs=2", "hydra/launcher=basic")
        run = max(children(swept, "sweep"), key=lambda one: one.info.start_time)
        found.append(dict(run.data.metrics))
    assert found[0] == found[1]
