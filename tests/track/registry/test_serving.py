"""`mlflow models serve` over HTTP: an image of any size in JSON, its score map back."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fullconv.config.running import TrackingConfig
from fullconv.convert.conversion import Conversion, convolutionalize
from fullconv.convert.storage import save_conversion
from fullconv.track.registry.logged_model import log_conversion
from fullconv.track.registry.models import model_of_run
from fullconv.track.store.opening import open_store

pytestmark = [
    pytest.mark.slow,
    # MLflow's own models, when it is asked for any.
    pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning"),
]


def free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def registered(folder: Path) -> Conversion:
    import keras

    keras.utils.set_random_seed(3)
    layers = [
        keras.Input((28, 28, 1)), keras.layers.Conv2D(8, 3, strides=2, activation="relu"),
        keras.layers.Conv2D(8, 3, strides=2, activation="relu"), keras.layers.Flatten(),
        keras.layers.Dense(11, "softmax"),
    ]  # fmt: skip
    conversion = convolutionalize(keras.Sequential(layers))
    save_conversion(conversion, folder / "conversion.keras")
    store = open_store(TrackingConfig(True, f"sqlite:///{folder}/mlflow.db", "fullconv", str(folder / "artifacts")))
    assert store is not None
    run_id = store.client.create_run(store.experiment_id).info.run_id
    log_conversion(folder / "conversion.keras", run_id, 1)
    store.client.create_registered_model("fullconv")
    store.client.create_model_version("fullconv", f"models:/{model_of_run(store, run_id)}", run_id)
    store.client.set_registered_model_alias("fullconv", "champion", "1")
    return conversion


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Conversion]]:
    """The address of a real server of fullconv@champion, and the network that it serves."""
    folder = tmp_path_factory.mktemp("served")
    conversion = registered(folder)
    address = f"127.0.0.1:{free_port()}"
    host, port = address.split(":")
    command = ["models", "serve", "-m", "models:/fullconv@champion", "--env-manager", "local"]
    environment = {**os.environ, "MLFLOW_TRACKING_URI": f"sqlite:///{folder}/mlflow.db", "PYTHONWARNINGS": "ignore"}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    with (folder / "log").open("wb") as log, subprocess.Popen(
        [sys.executable, "-m", "mlflow", *command, "--host", host, "--port", port],
        stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=environment,
    ) as server:  # fmt: skip
        try:
            wait_for(f"http://{address}/ping", server, folder / "log")
            yield f"http://{address}/invocations", conversion
        finally:
            server.terminate()


def wait_for(address: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(1200):
        assert server.poll() is None, log.read_text()
        try:
            urllib.request.urlopen(address).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(log.read_text())


def asked(address: str, content: Any) -> Any:
    request = urllib.request.Request(address, json.dumps(content).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


@pytest.mark.parametrize("size", [(200, 200), (64, 91), (28, 28)])
def test_an_image_of_any_size_is_answered_with_its_score_map(
    served: tuple[str, Conversion], size: tuple[int, int]
) -> None:
    address, conversion = served
    images = np.random.default_rng(1).random((2, *size, 1), np.float32)
    scores = np.asarray(asked(address, {"inputs": images.tolist()})["predictions"], np.float32)
    expected = np.asarray(conversion.model(images))
    assert scores.shape == expected.shape
    assert scores.shape[1:3] == conversion.geometry.cells(*size)
    np.testing.assert_allclose(scores, expected, atol=1e-6)


def test_what_is_no_image_is_refused_in_words(served: tuple[str, Conversion]) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        asked(served[0], {"inputs": [1.0, 2.0]})
    with refused.value as answer:
        assert answer.code == 400
        assert "(-1, -1, -1, 1)" in answer.read().decode()
