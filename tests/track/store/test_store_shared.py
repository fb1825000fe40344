"""Several processes on one SQLite file that was not there when they began."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import mlflow
import pytest

from fullconv.config.running import TrackingConfig
from fullconv.track.store.opening import open_store

JOB = """
import sys
from pathlib import Path
from mlflow.entities import Metric
from fullconv.config.running import TrackingConfig
from fullconv.track.store.opening import open_store

print("ready", flush=True)
input()
store = open_store(TrackingConfig(uri="sqlite:///mlflow.db", experiment="shared", timeout=60.0))
run = store.begin(sys.argv[1], {"job": sys.argv[1]}, {"number": sys.argv[1]})
for step in range(int(sys.argv[2])):
    store.client.log_metric(run, "loss", 1 / (step + 1), step=step)
Path(sys.argv[1]).write_text(sys.argv[1])
store.client.log_artifact(run, sys.argv[1])
store.client.set_terminated(run)
"""


@pytest.mark.parametrize(("processes", "epochs"), [(3, 20), pytest.param(8, 200, marks=pytest.mark.slow)])
def test_no_run_of_several_processes_is_lost(tmp_path: Path, processes: int, epochs: int) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONWARNINGS": "ignore"}
    jobs = [
        subprocess.Popen(
            [sys.executable, "-c", JOB, str(number), str(epochs)],
            cwd=tmp_path,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(processes)
    ]
    for job in jobs:
        assert job.stdout is not None
        assert job.stdout.readline() == "ready\n"
    for job in jobs:
        assert job.stdin is not None
        job.stdin.write("\n")
        job.stdin.flush()
    for job in jobs:
        _, said = job.communicate()
        assert job.returncode == 0, said
        assert "locked" not in said
    before = mlflow.get_tracking_uri()
    store = open_store(TrackingConfig(uri=f"sqlite:///{tmp_path}/mlflow.db", experiment="shared"))
    mlflow.set_tracking_uri(before)
    assert store is not None
    runs = store.runs({})
    assert sorted(run.data.tags["job"] for run in runs) == [str(number) for number in range(processes)]
    for run in runs:
        assert run.info.status == "FINISHED"
        assert run.data.params == {"number": run.data.tags["job"]}
        history = store.client.get_metric_history(run.info.run_id, "loss")
        assert [one.step for one in history] == list(range(epochs))
        assert [one.path for one in store.client.list_artifacts(run.info.run_id)] == [run.data.tags["job"]]
    with sqlite3.connect(tmp_path / "mlflow.db") as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    # MLflow's own place for artifacts would be mlruns/ wherever a program was started.
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == {"mlartifacts"}
