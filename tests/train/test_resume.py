"""A training that was cut off goes on, and ends as if nothing had come between."""

import importlib.util
import json
import logging
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from fullconv.models.build import ARCHITECTURES
from fullconv.train import checkpoint as checkpoints
from fullconv.train.checkpoint import Checkpoint, State, checkpoint_file, discard
from fullconv.train.history import Epoch
from fullconv.train.patience import Patience
from fullconv.train.recipe import Trained, train_classifier

pytestmark = pytest.mark.numeric

PROGRAM = Path(__file__).with_name("resumable_training.py")
_spec = importlib.util.spec_from_file_location("resumable_training", PROGRAM)
assert _spec is not None
assert _spec.loader is not None
training: Any = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(training)

CLASSES = list("0123456789")


@pytest.fixture(autouse=True)
def normalized(monkeypatch: pytest.MonkeyPatch) -> None:
    """An architecture that needs whole batches; the project has none."""
    monkeypatch.setitem(ARCHITECTURES, "normalized", training.NORMALIZED)


class CutOffError(Exception):
    """What a test ends a training with."""


def trained(case: str, path: Path | None, moment: str = "", seed: int = 3) -> tuple[Trained, list[int]]:
    def reach(place: str) -> None:
        if place == moment:
            raise CutOffError

    moments = training.Moments(reach)
    config = training.configured(case)
    return train_classifier(training.arrays(), config, CLASSES, seed, [moments], path), moments.heard


def outputs(done: Trained) -> tuple[Any, ...]:
    return training.digest(done.classifier), done.history, done.metrics


def started(case: str, path: Path, moment: str = "") -> "subprocess.Popen[str]":
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONWARNINGS": "ignore"}
    arguments = [sys.executable, str(PROGRAM), case, str(path), moment]
    return subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def finished(process: "subprocess.Popen[str]") -> dict[str, Any]:
    answer, told = process.communicate()
    assert answer, told
    result: dict[str, Any] = json.loads(answer)
    return result


def killed(case: str, path: Path, moment: str) -> None:
    """Kill a training at that moment, without a word of warning."""
    with started(case, path, moment) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == moment
        process.kill()
    assert process.returncode == -9


@cache
def undisturbed(case: str) -> Trained:
    """Return a training that nothing comes between."""
    return trained(case, None)[0]


def check_kills(case: str, folder: Path, moments: dict[str, int]) -> None:
    """Kill one training at each of the moments, which come in order; the value is the first epoch heard afterwards."""
    other = started(case, folder / "other" / "training.npz")
    path = folder / "training.npz"
    for index, moment in enumerate(moments):
        killed(case, path, moment)
        # A kill in the middle of the first file leaves none.
        assert path.exists() == (list(moments.values())[index] > 0)
    resumed, undisturbed = finished(started(case, path)), finished(other)
    heard = list(range(list(moments.values())[-1], len(undisturbed["rows"])))
    assert resumed == {**undisturbed, "heard": heard}


def test_a_killed_training_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    check_kills("everything", tmp_path, {"epoch 1 write": 1})


@pytest.mark.slow
@pytest.mark.parametrize("case", sorted(training.CASES))
def test_kills_at_many_moments(case: str, tmp_path: Path) -> None:
    moments = {"epoch 0 batch 2": 0, "epoch 0 write": 0, "epoch 1 begin": 1, "epoch 1 end": 1, "epoch 2 write": 2}
    check_kills(case, tmp_path, moments)


@pytest.mark.slow
def test_a_kill_after_the_last_epoch_trains_no_more(tmp_path: Path) -> None:
    check_kills("everything", tmp_path, {"end": 5})


@pytest.mark.parametrize("case", ["everything", "normalized"])
def test_an_interrupted_training_goes_on(case: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "kept" / "training.npz"
    for moment in ("epoch 1 batch 1", "epoch 2 begin"):
        with pytest.raises(CutOffError):
            trained(case, path, moment)
        assert not path.with_suffix(".lock").exists()
    with caplog.at_level(logging.INFO, "fullconv"):
        resumed, heard = trained(case, path)
    whole = undisturbed(case)
    assert outputs(resumed) == outputs(whole)
    count = len(whole.history.epochs)
    assert heard == list(range(2, count))
    assert f"goes on after epoch 2/{5 if case == 'everything' else 3} (checkpoint {path})" in caplog.text
    again, heard = trained(case, path)
    assert outputs(again) == outputs(whole)
    assert heard == []
    discard(path)
    assert list(tmp_path.iterdir()) == []


def test_a_callback_that_ended_a_training_ended_it_for_good(tmp_path: Path) -> None:
    class Stop(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            self.model.stop_training = True

    config, path = training.configured("shifted"), tmp_path / "training.npz"
    first = train_classifier(training.arrays(), config, CLASSES, 3, [Stop()], path)
    again, heard = trained("shifted", path)
    assert len(first.history.epochs) == 1
    assert outputs(again) == outputs(first)
    assert heard == []


def test_another_training_begins_anew(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "training.npz"
    with pytest.raises(CutOffError):
        trained("plain", path, "epoch 1 begin")
    with caplog.at_level(logging.INFO, "fullconv"):
        other, heard = trained("plain", path, seed=4)
    assert heard == [0, 1, 2]
    assert "begins anew" in caplog.text
    assert outputs(other) == outputs(trained("plain", None, seed=4)[0])
    # It has taken the other's place.
    assert trained("plain", path, seed=4)[1] == []


STATE = State(
    (Epoch(1, "plain", 2.5, 0.1, 1 / 3, 0.25),),
    0,
    Patience(2, 1, 1 / 3, [np.arange(6.0).reshape(2, 3)]),
    [np.float32([[1, 2]]), np.array([3, 4])],
    [np.int64([7])],
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    checkpoint = Checkpoint(tmp_path / "training.npz", "digest")
    for state in (STATE, replace(STATE, patience=Patience(0), epochs=())):
        checkpoint.write(state)
        again = checkpoint.read()
        assert again is not None
        np.testing.assert_equal({**vars(again), "patience": 0}, {**vars(state), "patience": 0})
        np.testing.assert_equal(vars(again.patience), vars(state.patience))
    assert Checkpoint(checkpoint.path, "another").read() is None
    assert [each.name for each in tmp_path.iterdir()] == ["training.npz"]


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "text", "entry", "folder"])
def test_a_damaged_checkpoint_counts_as_none(damage: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    checkpoint = Checkpoint(tmp_path / "training.npz", "digest")
    checkpoint.write(STATE)
    path = checkpoint.path
    whole = path.read_bytes()
    if damage == "entry":  # a zip in order, but not what we write
        path.unlink()
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("facts.npy", whole[:100])
    elif damage == "folder":
        path.unlink()
        path.mkdir()
    else:
        middle = whole.index(b"plain")
        flipped = whole[:middle] + b"q" + whole[middle + 1 :]
        path.write_bytes({"cut": whole[:middle], "flipped": flipped, "empty": b"", "text": b"no archive"}[damage])
    with caplog.at_level(logging.WARNING, "fullconv"):
        assert checkpoint.read() is None
    assert f"checkpoint {path} cannot be read" in caplog.text


def test_a_training_with_a_damaged_checkpoint_begins_anew(tmp_path: Path) -> None:
    (tmp_path / "training.npz").write_bytes(b"PK")
    done, heard = trained("plain", tmp_path / "training.npz")
    assert heard == [0, 1, 2]
    assert outputs(done) == outputs(undisturbed("plain"))


def test_a_checkpoint_that_cannot_be_written_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(path: Path) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoints, "array_file", full)
    done, _ = trained("plain", tmp_path / "training.npz")
    assert len(done.history.epochs) == 3
    assert caplog.text.count("cannot be written") == 1


def test_all_that_determines_a_training_is_in_its_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    from fullconv.train import identity

    arrays, config = training.arrays(), training.configured("plain")
    brighter = replace(arrays, train_images=arrays.train_images + (arrays.train_images == 0).astype("uint8"))
    digests = [
        identity.training_digest(arrays, config, CLASSES, 3),
        identity.training_digest(brighter, config, CLASSES, 3),
        identity.training_digest(arrays, training.configured("cosine"), CLASSES, 3),
        identity.training_digest(arrays, training.configured("dropout"), CLASSES, 3),
        identity.training_digest(arrays, config, CLASSES[::-1], 3),
        identity.training_digest(arrays, config, CLASSES, 4),
    ]
    with monkeypatch.context() as patch:
        patch.setattr(identity.keras, "__version__", "0")
        digests.append(identity.training_digest(arrays, config, CLASSES, 3))
    with monkeypatch.context() as patch:
        patch.setattr(identity, "onednn", lambda: "on, up to SSE41")
        digests.append(identity.training_digest(arrays, config, CLASSES, 3))
    monkeypatch.setattr(identity, "_CODE", ("data", "models"))
    digests.append(identity.training_digest(arrays, config, CLASSES, 3))
    assert len(set(digests)) == len(digests)
    # What comes after the training does not matter.
    config.convert.images = 17
    assert identity.training_digest(arrays, config, CLASSES, 3) == digests[-1]


def test_where_the_project_keeps_checkpoints() -> None:
    assert checkpoint_file("plain") == Path("checkpoints/plain/training.npz")
    assert checkpoint_file("jobs", "0a1b") == Path("checkpoints/jobs/0a1b/training.npz")


def test_nothing_there_is_nothing_to_go_on_from(tmp_path: Path) -> None:
    assert Checkpoint(tmp_path / "training.npz", "digest").read() is None
    discard(tmp_path / "none" / "training.npz")
