"""A publishing that is killed where it hurts most leaves nothing that the next one does not mend."""

import json
import os
import subprocess
import sys
from pathlib import Path

import mlflow
import pytest

from fullconv.config.schema import TrackingConfig
from fullconv.track.store.opening import open_store

ROOT = Path(__file__).resolve().parents[2]
KILLED = 9
# Photos stand for every run: their report is small. What is replaced is the call at which the process dies.
PROGRAM = """
import os, sys
from mlflow.tracking import MlflowClient
from fullconv.config.load import compose_settings
from fullconv.track.identity import photo_digest
from fullconv.track.photo_run import publish_photos
from fullconv.track.store.opening import open_store

settings = compose_settings("data=digits")
store = open_store(settings.tracking)
when, _, name = " ".join(sys.argv[1:]).partition(" ")
if name:
    call = getattr(MlflowClient, name)
    def dies(*given, **named):
        if when == "after":
            call(*given, **named)
        os._exit(9)
    setattr(MlflowClient, name, dies)
publish_photos(store, settings, photo_digest())
"""


def publish(folder: Path, *dies: str) -> int:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONWARNINGS": "ignore"}
    return subprocess.run([sys.executable, "-c", PROGRAM, *dies], cwd=folder, env=environment).returncode


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    report = tmp_path / "reports" / "photos"
    (report / "pictures" / "heatmaps").mkdir(parents=True)
    for name in ("photos.json", "detections.json"):
        (report / name).write_text("[]")
    (report / "ways.csv").write_text("way\n")
    (tmp_path / "results").mkdir()
    metrics = {"photos": {"pointing": 0.5}, "collages": {"2x2": {"pointing": 0.5}}, "ways": {"one": {"pointing": 0.5}}}
    (tmp_path / "results" / "photos.json").write_text(json.dumps(metrics))
    return tmp_path


@pytest.mark.parametrize(
    "moment", ["after create_run", "after log_batch", "before set_terminated", "after set_terminated"]
)
def test_killed_and_run_again_there_is_one_finished_run(
    moment: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert publish(folder, *moment.split()) == KILLED
    assert publish(folder) == 0
    monkeypatch.chdir(folder)
    before = mlflow.get_tracking_uri()
    store = open_store(TrackingConfig(uri="sqlite:///mlflow.db", experiment="fullconv", artifacts="mlartifacts"))
    mlflow.set_tracking_uri(before)
    assert store is not None
    runs = store.client.search_runs([store.experiment_id])
    assert [(run.info.run_name, run.info.status) for run in runs] == [("photos", "FINISHED")]
    assert "fullconv.outputs" in runs[0].data.tags
