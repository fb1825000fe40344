"""A run that grows while its classifier trains, in a real SQLite store."""

from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest

from fullconv.config.schema import TrackingConfig
from fullconv.track.live import OUTPUTS, PARAMETERS, live_run, shown
from fullconv.track.store import Store, open_store

KNOBS = {"classifier": "plain", "train.epochs": 2, "data.name": "digits", "data.classes": ["0"], "mosaics.test.seed": 1}


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.chdir(tmp_path)
    before = mlflow.get_tracking_uri()
    opened = open_store(TrackingConfig(uri="sqlite:///mlflow.db", experiment="live", artifacts="artifacts"))
    assert opened is not None
    yield opened
    mlflow.set_tracking_uri(before)


def train(store: Store | None, fails: bool = False) -> bool:
    """Return whether the curves were streamed."""
    with live_run(store, "plain", KNOBS) as callbacks:
        for step in range(2 if callbacks else 0):
            mlflow.log_metric("loss", 1.0 / (step + 1), step=step)
            if fails:
                raise KeyboardInterrupt
    return bool(callbacks)


def test_a_training_streams_to_one_run_named_for_the_classifier(store: Store) -> None:
    assert train(store)
    (run,) = store.runs({"mlflow.runName": "plain"})
    assert run.info.status == "FINISHED"
    assert [one.value for one in store.client.get_metric_history(run.info.run_id, "loss")] == [1.0, 0.5]
    assert run.data.params == {"classifier": "plain", "train.epochs": "2", "data.name": "digits"}


def test_a_training_that_was_cut_off_is_replaced(store: Store) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(store, fails=True)
    (first,) = store.runs({"mlflow.runName": "plain"})
    assert first.info.status in ("FAILED", "KILLED")
    assert train(store)
    (second,) = store.runs({"mlflow.runName": "plain"})
    assert second.info.run_id != first.info.run_id
    assert second.info.status == "FINISHED"


def test_a_published_run_of_the_same_parameters_is_left_alone(store: Store) -> None:
    train(store)
    (run,) = store.runs({"mlflow.runName": "plain"})
    store.client.set_tag(run.info.run_id, OUTPUTS, "digest")
    assert not train(store)
    (same,) = store.runs({PARAMETERS: run.data.tags[PARAMETERS]})
    assert same.info.run_id == run.info.run_id
    assert len(store.client.get_metric_history(run.info.run_id, "loss")) == 2


def test_without_a_store_nothing_is_streamed() -> None:
    assert not train(None)


def test_the_store_lies_in_the_project_also_for_a_queued_experiment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "copy").mkdir()
    monkeypatch.chdir(tmp_path / "copy")
    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    before = mlflow.get_tracking_uri()
    open_store(TrackingConfig(uri="sqlite:///mlflow.db", experiment="queued", artifacts="artifacts"))
    mlflow.set_tracking_uri(before)
    assert (tmp_path / "mlflow.db").exists()
    assert not (tmp_path / "copy" / "mlflow.db").exists()


def test_columns_show_knobs_only() -> None:
    assert set(shown(KNOBS)) == {"classifier", "train.epochs", "data.name"}
