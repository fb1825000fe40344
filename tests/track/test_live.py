"""A run that grows while its classifier trains, in a real SQLite store."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import mlflow
import numpy as np
import pytest
from mlflow.entities import Run

from fullconv.config.running import TrackingConfig
from fullconv.data.arrays import Arrays, digests
from fullconv.track.datasets import array_inputs
from fullconv.track.identity import OUTPUTS, PARAMETERS, digest
from fullconv.track.live import curves, live_run, shown
from fullconv.track.store.opening import Store, open_store
from fullconv.track.store.process import PROCESS, this_process

KNOBS = {"classifier": "plain", "train.epochs": 4, "data.name": "digits", "data.classes": ["0"], "mosaics.test.seed": 1}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A database that all tests here share; each has an experiment of its own."""
    before = mlflow.get_tracking_uri()
    yield tmp_path_factory.mktemp("live") / "mlflow.db"
    mlflow.set_tracking_uri(before)


@pytest.fixture
def store(database: Path, request: pytest.FixtureRequest) -> Store:
    opened = open_store(TrackingConfig(uri=f"sqlite:///{database}", experiment=request.node.name))
    assert opened is not None
    return opened


def train(store: Store | None, epochs: range = range(2), raises: BaseException | None = None) -> None:
    """Tell the callbacks what a training tells them; `raises` after the first epoch."""
    with live_run(store, "plain", KNOBS, list) as callbacks:
        for epoch in epochs:
            for callback in callbacks:
                callback.on_epoch_begin(epoch)
                callback.on_epoch_end(epoch, {"loss": 1.0 / (epoch + 1)})
            if raises:
                raise raises


def the_run(store: Store) -> Run:
    (run,) = store.runs({"mlflow.runName": "plain"})
    return run


def losses(store: Store, run: Run) -> dict[int, float]:
    history = store.client.get_metric_history(run.info.run_id, "loss")
    assert len(history) == len({one.step for one in history}), "an epoch is there twice"
    return {one.step: one.value for one in history}


def test_a_training_streams_to_one_run_named_for_the_classifier(store: Store) -> None:
    train(store)
    run = the_run(store)
    assert run.info.status == "FINISHED"
    assert losses(store, run) == {0: 1.0, 1: 0.5}
    assert run.data.params == {"classifier": "plain", "train.epochs": "4", "data.name": "digits"}
    assert run.data.tags["mlflow.source.type"] == "LOCAL"


@pytest.mark.parametrize(("raised", "status"), [(KeyboardInterrupt(), "KILLED"), (ValueError("why"), "FAILED")])
def test_a_run_says_how_its_training_was_cut_off(store: Store, raised: BaseException, status: str) -> None:
    with pytest.raises(type(raised)):
        train(store, raises=raised)
    assert the_run(store).info.status == status


def test_a_training_that_fails_before_its_first_epoch_is_seen(store: Store) -> None:
    with pytest.raises(ValueError, match="no memory"), live_run(store, "plain", KNOBS, list):
        raise ValueError("no memory")
    assert the_run(store).info.status == "FAILED"


def test_a_training_that_begins_anew_replaces_one_that_was_cut_off(store: Store) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(store, raises=KeyboardInterrupt())
    first = the_run(store)
    train(store)
    second = the_run(store)
    assert second.info.run_id != first.info.run_id
    assert second.info.status == "FINISHED"
    assert losses(store, second) == {0: 1.0, 1: 0.5}


def test_a_training_that_goes_on_does_so_in_the_same_run_without_doubles(store: Store) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(store, range(3), raises=KeyboardInterrupt())
    first = the_run(store)
    store.client.log_metric(first.info.run_id, "loss", 0.5, step=1)
    train(store, range(1, 4))  # epoch 1 was sent before the kill and is computed again
    second = the_run(store)
    assert second.info.run_id == first.info.run_id
    assert second.info.status == "FINISHED"
    assert losses(store, second) == {0: 1.0, 1: 0.5, 2: 1 / 3, 3: 0.25}


def test_a_duration_is_what_a_training_took_without_its_pause(store: Store) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(store, range(3), raises=KeyboardInterrupt())
    first = the_run(store).info
    time.sleep(0.5)
    before = time.time()
    train(store, range(1, 4))
    second, taken = the_run(store).info, 1000 * (time.time() - before)
    assert second.run_id == first.run_id
    assert first.end_time <= second.end_time <= first.end_time + taken


def test_a_training_that_goes_on_after_nobody_knows_what_has_no_duration(store: Store) -> None:
    store.begin("plain", {PARAMETERS: digest(KNOBS)}, {})
    train(store, range(1, 4))  # that process died without a word
    assert (the_run(store).info.status, the_run(store).info.end_time) == ("FINISHED", None)


def test_a_run_says_what_it_learns_from(store: Store) -> None:
    images, labels = np.zeros((3, 4, 4, 1), np.uint8), np.zeros(3, np.int32)
    arrays = Arrays(images, labels, images[:2], labels[:2])
    with live_run(store, "plain", KNOBS, lambda: array_inputs(arrays, "digits", {"dvc": "data/arrays.npz"})) as made:
        made[0].on_epoch_begin(0)
    named = {one.dataset.name: (one.dataset.digest, one.tags[0].value) for one in the_run(store).inputs.dataset_inputs}
    assert named == {
        f"digits {part}": (digests(arrays)[f"{part}_images"][:16], context)
        for part, context in (("train", "training"), ("test", "validation"))
    }


def test_a_job_that_goes_on_does_not_double_its_epochs(store: Store) -> None:
    run_id = store.begin("plain", {}, {})
    for start in (0, 1):
        callback = curves(store, run_id, list)
        for epoch in range(start, 3):
            callback.on_epoch_begin(epoch)
            callback.on_epoch_end(epoch, {"loss": 1.0 / (epoch + 1)})
        callback.on_train_end()
    run = the_run(store)
    assert losses(store, run) == {0: 1.0, 1: 0.5, 2: 1 / 3}
    assert run.info.status == "RUNNING"  # the job says when it ends


def test_a_published_run_of_the_same_parameters_is_left_alone(store: Store) -> None:
    train(store)
    run = the_run(store)
    store.client.set_tag(run.info.run_id, OUTPUTS, "digest")
    train(store)
    (same,) = store.runs({PARAMETERS: run.data.tags[PARAMETERS]})
    assert same.info.run_id == run.info.run_id
    assert losses(store, same) == {0: 1.0, 1: 0.5}


def test_a_run_of_a_process_that_still_works_is_left_to_it(store: Store) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(store, raises=KeyboardInterrupt())
    run = the_run(store)
    code = "from fullconv.track.store.process import this_process; print(this_process(), flush=True); input()"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as other:
        assert other.stdout is not None
        store.client.set_tag(run.info.run_id, PROCESS, other.stdout.readline().strip())
        store.client.update_run(run.info.run_id, status="RUNNING")
        train(store)
        assert losses(store, the_run(store)) == {0: 1.0}
        assert the_run(store).info.run_id == run.info.run_id
        other.communicate("\n")
    train(store)
    assert the_run(store).data.tags[PROCESS] == this_process()
    assert losses(store, the_run(store)) == {0: 1.0, 1: 0.5}


def test_without_a_store_nothing_is_streamed() -> None:
    with live_run(None, "plain", KNOBS, list) as callbacks:
        assert callbacks == []


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
