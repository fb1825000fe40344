"""A real MLflow server with PostgreSQL, passwords and artifacts that go through it."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import mlflow
import pytest
import yaml

from fullconv.config.quiet import load_tensorflow
from fullconv.config.running import TrackingConfig
from fullconv.errors import InputError
from fullconv.track.live import live_run
from fullconv.track.registry.logged_model import log_conversion
from fullconv.track.store.opening import PATIENCE, open_store

# What MLflow and Keras warn of while they save a model is not what is tested here.
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

USER, PASSWORD = "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"
DEPLOY = Path(__file__).resolve().parents[3] / "deploy"
SECRETS = {"MLFLOW_AUTH_ADMIN_PASSWORD": "a long password", "MLFLOW_FLASK_SERVER_SECRET_KEY": "a secret key"}


def environment_of_deploy(database: str, password: str, config: Path) -> dict[str, str]:
    """Return what compose.yaml gives the server, its PostgreSQL and its paths replaced by those of this test."""
    given = {"POSTGRES_PASSWORD": password, **SECRETS}
    written = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]["mlflow"]["environment"]
    config.write_text((DEPLOY / "auth.ini").read_text().replace("@postgres/mlflow", database))
    environment = {
        key: re.sub(r"\$\{(\w+):([?-])([^}]*)\}", lambda found: given.get(found[1], found[3]), value)
        for key, value in written.items()
        if value is not None
    }
    for key in ("MLFLOW_HOST", "MLFLOW_PORT", "MLFLOW_WORKERS", "MLFLOW_ARTIFACTS_DESTINATION"):
        del environment[key]  # of the test's own server
    environment["MLFLOW_AUTH_CONFIG_PATH"] = str(config)
    environment["MLFLOW_BACKEND_STORE_URI"] = environment["MLFLOW_BACKEND_STORE_URI"].replace(
        "@postgres/mlflow", database
    )
    return environment


@pytest.fixture
def server(
    postgres: str, tracking_server: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    """The server of deploy/, on a PostgreSQL of the test's; it lets nobody in without a password."""
    for key in (USER, PASSWORD):
        monkeypatch.delenv(key, raising=False)
    for key in PATIENCE:
        monkeypatch.setenv(key, PATIENCE[key])
    before = mlflow.get_tracking_uri()
    parts = urlsplit(postgres)
    database = f"@{parts.hostname}:{parts.port}{parts.path}"
    environment = environment_of_deploy(database, str(parts.password), tmp_path / "auth.ini")
    yield tracking_server("--app-name", "basic-auth", **environment)
    mlflow.set_tracking_uri(before)


def test_a_training_on_a_server_with_passwords(
    server: Any, postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = TrackingConfig(uri=server.uri, experiment="team", timeout=30.0)
    with pytest.raises(InputError, match=f"none were given.*{USER} and {PASSWORD}"):
        open_store(config)
    monkeypatch.setenv(USER, "admin")
    monkeypatch.setenv(PASSWORD, "wrong")
    with pytest.raises(InputError, match=f"given are wrong.*{USER} and {PASSWORD}"):
        open_store(config)
    monkeypatch.setenv(PASSWORD, SECRETS["MLFLOW_AUTH_ADMIN_PASSWORD"])
    store = open_store(config)
    assert store is not None

    load_tensorflow()
    import keras

    classifier = tiny_classifier(keras)
    with live_run(store, "plain", {"classifier": "plain"}, list) as callbacks:
        history = train(keras, classifier, callbacks)
    (run,) = store.runs({"mlflow.runName": "plain"})
    assert run.info.status == "FINISHED"
    assert run.data.params == {"classifier": "plain"}
    logged = store.client.get_metric_history(run.info.run_id, "loss")
    assert [one.value for one in logged] == pytest.approx(history["loss"], rel=1e-12)

    # What `publish` adds: an artifact, an image, a table and the model, none of it through a folder of the client's.
    assert run.info.artifact_uri.startswith("mlflow-artifacts:")
    store.client.log_text(run.info.run_id, "text", "report/file.txt")
    model = log_model(classifier, tmp_path, run.info.run_id)
    assert mlflow.artifacts.load_text(f"{run.info.artifact_uri}/report/file.txt") == "text"
    fetched = mlflow.artifacts.download_artifacts(f"models:/{model}", dst_path=str(tmp_path / "model"))
    assert (Path(fetched) / "MLmodel").is_file()

    server.stop()
    save_and_restore(postgres, tmp_path / "copy.dump")
    upgrade = [sys.executable, "-m", "mlflow", "db", "upgrade", postgres]
    subprocess.run(upgrade, check=True, env={**os.environ, "PYTHONWARNINGS": "ignore"}, capture_output=True)
    server.start()
    (again,) = store.runs({"mlflow.runName": "plain"})
    assert again.info.run_id == run.info.run_id
    assert again.data.params == run.data.params


def save_and_restore(postgres: str, copy: Path) -> None:
    """What docs/team/server.md says to do."""
    parts = urlsplit(postgres)
    where = ["--host", str(parts.hostname), "--port", str(parts.port), "--username", str(parts.username)]
    database = parts.path.removeprefix("/")
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_dump"))[-1].parent
    environment = {**os.environ, "PGPASSWORD": str(parts.password)}
    with copy.open("wb") as stream:
        dump = [programs / "pg_dump", *where, "--format", "custom", database]
        subprocess.run(dump, check=True, env=environment, stdout=stream)
    drop = [programs / "psql", *where, database, "-c", "DROP TABLE params CASCADE"]
    subprocess.run(drop, check=True, env=environment, capture_output=True)
    with copy.open("rb") as stream:
        restore = [programs / "pg_restore", *where, "--dbname", database, "--clean", "--if-exists"]
        subprocess.run(restore, check=True, env=environment, stdin=stream)


def tiny_classifier(keras: Any) -> Any:
    keras.utils.set_random_seed(0)
    layers = [keras.layers.Conv2D(2, 3), keras.layers.Flatten(), keras.layers.Dense(3, "softmax")]
    classifier = keras.Sequential([keras.Input((8, 8, 1)), *layers])
    classifier.compile("adam", "sparse_categorical_crossentropy")
    return classifier


def train(keras: Any, classifier: Any, callbacks: list[Any]) -> dict[str, list[float]]:
    import numpy as np

    random = np.random.default_rng(0)
    images, labels = random.random((30, 8, 8, 1), np.float32), random.integers(0, 3, 30)
    history = classifier.fit(images, labels, epochs=3, verbose=0, callbacks=callbacks).history
    return {key: [float(one) for one in values] for key, values in history.items()}


def log_model(classifier: Any, folder: Path, run_id: str) -> str:
    from fullconv.convert.conversion import convolutionalize
    from fullconv.convert.storage import save_conversion

    save_conversion(convolutionalize(classifier), folder / "conversion.keras")
    log_conversion(folder / "conversion.keras", run_id, 1)
    (output,) = mlflow.MlflowClient().get_run(run_id).outputs.model_outputs
    return str(output.model_id)
