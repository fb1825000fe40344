"""A store that goes away while a classifier trains: the training goes on, and the run is completed afterwards."""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import mlflow
import pytest
from mlflow.tracking import MlflowClient

from fullconv.config.running import TrackingConfig
from fullconv.errors import InputError
from fullconv.track.identity import digest
from fullconv.track.live import live_run
from fullconv.track.outputs import log_history
from fullconv.track.publish import run_to_complete
from fullconv.track.store.opening import PATIENCE, Store, open_store

KNOBS = {"classifier": "plain", "train.epochs": 5}
HISTORY = [dict.fromkeys(("loss", "accuracy", "val_loss", "val_accuracy"), 1.0 / (epoch + 1)) for epoch in range(5)]


@pytest.fixture(autouse=True)
def as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for key in PATIENCE:
        monkeypatch.setenv(key, PATIENCE[key])
    before = mlflow.get_tracking_uri()
    yield
    mlflow.set_tracking_uri(before)


def opened(uri: str) -> Store:
    store = open_store(TrackingConfig(uri=uri, experiment="away", timeout=20.0))
    assert store is not None
    return store


def epoch(callbacks: list[Any], number: int) -> None:
    """Call what a training calls; it is held up if it asks the store itself, however soon the store answers."""
    asks = MlflowClient.__getattribute__

    def noted(client: MlflowClient, name: str) -> Any:
        assert threading.current_thread() is not training, f"the training itself asks for {name}"
        return asks(client, name)

    training = threading.current_thread()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MlflowClient, "__getattribute__", noted)
        for callback in callbacks:
            callback.on_epoch_begin(number)
            callback.on_epoch_end(number, HISTORY[number])


def until(condition: Callable[[], object]) -> None:
    for _ in range(12000):
        if condition():
            return
        time.sleep(0.05)
    pytest.fail("it never came to be")


def steps(store: Store, run_id: str) -> list[int]:
    return [one.step for one in store.client.get_metric_history(run_id, "val_loss")]


def publish_as_the_stage_does(store: Store) -> None:
    """The part of `publish` that this is about: it finds the run, and completes its curves and status."""
    (before,) = store.runs({"mlflow.runName": "plain"})
    run = run_to_complete(store, "plain", digest(KNOBS), HISTORY)
    assert run is not None
    assert run.info.run_id == before.info.run_id
    with store.at_work(run.info.run_id):
        log_history(store, run.info.run_id, HISTORY)
    (after,) = store.runs({"mlflow.runName": "plain"})
    assert after.info.status == "FINISHED"
    assert after.info.end_time == before.info.end_time  # when its training ended
    assert sorted(steps(store, after.info.run_id)) == [0, 1, 2, 3, 4]


def warnings_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def test_a_database_that_another_process_locks(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    store = replace(opened(f"sqlite:///{tmp_path}/mlflow.db"), timeout=0.5)
    other = sqlite3.connect(tmp_path / "mlflow.db", isolation_level=None)
    with live_run(store, "plain", KNOBS, list) as callbacks:
        epoch(callbacks, 0)
        until(lambda: store.runs({"mlflow.runName": "plain"}))
        until(lambda: steps(store, store.runs({"mlflow.runName": "plain"})[0].info.run_id))
        other.execute("BEGIN EXCLUSIVE")
        for number in range(1, 5):
            epoch(callbacks, number)
    (warning,) = warnings_of(caplog)
    assert "its curves cannot be sent" in warning
    other.close()
    for thread in threading.enumerate():  # in a stage of its own, it ends with the process
        if thread.name == "fullconv-sender":
            thread.join()
    publish_as_the_stage_does(store)


def test_a_server_that_is_gone_when_the_run_begins(caplog: pytest.LogCaptureFixture, closed_port: int) -> None:
    uri = f"http://127.0.0.1:{closed_port}"
    store = Store(MlflowClient(uri), "1", uri, timeout=0.5)
    with live_run(store, "plain", KNOBS, list) as callbacks:
        for number in range(5):
            epoch(callbacks, number)
    assert len(warnings_of(caplog)) == 1


def test_a_server_that_is_gone_does_not_hide_what_stopped_the_training(closed_port: int) -> None:
    uri = f"http://127.0.0.1:{closed_port}"
    store = Store(MlflowClient(uri), "1", uri, timeout=0.2)
    with pytest.raises(MemoryError, match="the first error"), live_run(store, "plain", KNOBS, list):
        raise MemoryError("the first error")


def test_a_database_that_is_locked_before_the_work_is_an_error_at_once(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "mlflow.db", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(InputError, match=r"tracking\.uri.*locked"):
        open_store(TrackingConfig(uri=f"sqlite:///{tmp_path}/mlflow.db", experiment="away", timeout=0.3))
    other.close()


@pytest.mark.slow
def test_a_real_server_that_comes_back_gets_what_it_missed(
    tracking_server: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    server = tracking_server()
    store = replace(opened(server.uri), timeout=60.0)
    with live_run(store, "plain", KNOBS, list) as callbacks:
        epoch(callbacks, 0)
        until(lambda: store.runs({"mlflow.runName": "plain"}))
        server.stop()
        for number in range(1, 5):
            epoch(callbacks, number)
        until(lambda: warnings_of(caplog))
        server.start()
    assert len(warnings_of(caplog)) == 1
    (run,) = store.runs({"mlflow.runName": "plain"})
    assert run.info.status == "FINISHED"
    assert steps(store, run.info.run_id) == [0, 1, 2, 3, 4]


@pytest.mark.slow
def test_a_real_server_that_stays_away_until_publish(
    tracking_server: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    server = tracking_server()
    store = replace(opened(server.uri), timeout=0.5)
    with live_run(store, "plain", KNOBS, list) as callbacks:
        epoch(callbacks, 0)
        until(lambda: store.runs({"mlflow.runName": "plain"}))
        server.stop()
        for number in range(1, 5):
            epoch(callbacks, number)
    assert len(warnings_of(caplog)) == 1
    for thread in threading.enumerate():
        if thread.name == "fullconv-sender":
            thread.join()
    server.start()
    publish_as_the_stage_does(store)
