"""Several devices train as one does."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fullconv.errors import InputError
from fullconv.models.storage import load_model
from fullconv.train import replicas

pytestmark = pytest.mark.numeric

PROGRAM = Path(__file__).with_name("mirrored_training.py")


def told(folder: Path, *names: str) -> dict[str, Any]:
    """Return what two virtual devices gave; TensorFlow divides a processor only before it starts."""
    path = os.pathsep.join([str(PROGRAM.parent), *sys.path])
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, str(PROGRAM), str(folder), *names]
    ended = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert ended.returncode == 0, ended.stderr[-3000:]
    assert "trains on 2 devices" in ended.stderr
    answer: dict[str, Any] = json.loads((folder / "told.json").read_text())
    return answer


def check_same(told: dict[str, Any], tolerance: float) -> None:
    assert told["apart"] <= tolerance
    one, both = told["rows"]
    assert [row["phase"] for row in both] == [row["phase"] for row in one]
    for key in ("loss", "accuracy", "val_loss", "val_accuracy"):
        np.testing.assert_allclose([row[key] for row in both], [row[key] for row in one], atol=10 * tolerance)


# Only the order in which parts are added differs, a rounding of 6e-8 relative; Adam divides by the root of the squared
# gradient, so that one step of a weight whose gradient is all rounding may differ by twice the rate, 0.02. With two
# parts there is but one order, and nothing differs; with four, 3e-7 was seen after 42 steps.
def test_two_devices_train_as_one(tmp_path: Path) -> None:
    given = told(tmp_path, "rest", "stored", "normalization", "batch")
    check_same(given["rest"], 1e-4)
    # What two devices trained is a plain model.
    assert given["stored"]["kinds"] == ["ResourceVariable"]
    scores = np.asarray(load_model(tmp_path / "classifier.keras")(np.load(tmp_path / "images.npy"), training=False))
    np.testing.assert_allclose(scores, np.load(tmp_path / "scores.npy"), atol=1e-6)
    # What they cannot train.
    assert "layer normalization takes its statistics of the whole batch" in given["normalization"]
    assert "received 1 for 2 devices" in given["batch"]


@pytest.mark.slow
def test_two_devices_train_every_way_as_one_and_go_on_bit_for_bit(tmp_path: Path) -> None:
    given = told(tmp_path, "step", "epochs", "dropout", "everything", "cut off")
    for case in ("step", "epochs", "dropout", "everything"):
        check_same(given[case], 1e-6)
    assert given["cut off"]["cut"] == given["cut off"]["whole"]


def test_one_device_trains_alone_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    strategy = replicas.strategy_of("mirrored")
    assert strategy.num_replicas_in_sync == 1
    assert "sees one device" in caplog.text


def test_an_unknown_distribution_is_refused() -> None:
    with pytest.raises(InputError, match=r"train\.distribution.*mirrored"):
        replicas.strategy_of("mirored")


def test_one_device_computes_all_parts() -> None:
    assert list(range(5))[replicas.own_parts(5)] == [0, 1, 2, 3, 4]
