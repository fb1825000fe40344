"""A publishing that is killed where it hurts most leaves nothing that the next one does not mend."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import mlflow
import pytest

from fullconv.config.load import compose_settings
from fullconv.track.identity import photo_digest
from fullconv.track.photo_run import publish_photos
from fullconv.track.store.opening import open_store

ROOT = Path(__file__).resolve().parents[2]
KILLED = 9
MOMENTS = ("after create_run", "after log_batch", "before update_run", "after update_run")
# Photos stand for every run: their report is small. What is replaced is the call at which the process dies.
# One process imports MLflow and has a child for each folder, named after the moment.
PROGRAM = """
import os, sys
from pathlib import Path
from mlflow.tracking import MlflowClient
from fullconv.config.load import compose_settings
from fullconv.track.identity import photo_digest
from fullconv.track.photo_run import publish_photos
from fullconv.track.store.opening import open_store

settings = compose_settings("data=digits")

def publish(folder):
    os.chdir(folder)
    when, name = folder.name.split()
    store = open_store(settings.tracking)
    call = getattr(MlflowClient, name)
    def dies(*given, **named):
        if when == "after":
            call(*given, **named)
        os._exit(9)
    setattr(MlflowClient, name, dies)
    publish_photos(store, settings, photo_digest())

for folder in map(Path, sys.argv[1:]):
    child = os.fork()
    if child == 0:
        publish(folder)
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def report(root: Path) -> None:
    """Make what the stage `photos` leaves."""
    folder = root / "reports" / "photos"
    (folder / "pictures" / "heatmaps").mkdir(parents=True)
    for name in ("photos.json", "detections.json"):
        (folder / name).write_text("[]")
    (folder / "ways.csv").write_text("way\n")
    (root / "results").mkdir()
    metrics = {"photos": {"pointing": 0.5}, "collages": {"2x2": {"pointing": 0.5}}, "ways": {"one": {"pointing": 0.5}}}
    (root / "results" / "photos.json").write_text(json.dumps(metrics))


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory, tables: Callable[[Path], None]) -> dict[str, Path]:
    """Return by moment a folder in which a publishing died then."""
    folders = {moment: tmp_path_factory.mktemp("killed") / moment for moment in MOMENTS}
    for folder in folders.values():
        folder.mkdir()
        report(folder)
        tables(folder)
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "-c", PROGRAM, *map(str, folders.values())]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout.split() == [str(KILLED)] * len(MOMENTS)
    return folders


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_and_run_again_there_is_one_finished_run(
    moment: str, killed: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(killed[moment])
    settings = compose_settings("data=digits")
    before = mlflow.get_tracking_uri()
    try:
        store = open_store(settings.tracking)
        assert store is not None
        publish_photos(store, settings, photo_digest())
    finally:
        mlflow.set_tracking_uri(before)
    runs = store.client.search_runs([store.experiment_id])
    assert [(run.info.run_name, run.info.status) for run in runs] == [("photos", "FINISHED")]
    assert "fullconv.outputs" in runs[0].data.tags
    assert runs[0].info.end_time is None  # the time between two calls is no duration of a measurement
