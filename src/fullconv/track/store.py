"""The MLflow store: found, checked and made ready before any work starts."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlparse

from fullconv.config.schema import TrackingConfig
from fullconv.errors import InputError

if TYPE_CHECKING:
    from mlflow.entities import Run
    from mlflow.tracking import MlflowClient

MEND = "Start it, mend tracking.uri, or choose tracking=none."


# The dashboard opens such an experiment on its training runs, with their metrics as columns.
KIND = {"mlflow.experimentKind": "custom_model_development"}


@dataclass(frozen=True)
class Store:
    """An experiment of a reachable MLflow store."""

    client: "MlflowClient"
    experiment_id: str
    uri: str

    def runs(self, tags: Mapping[str, str]) -> "list[Run]":
        """Return the experiment's runs that carry all of `tags`, newest first."""
        query = " and ".join(f"tags.`{key}` = '{value}'" for key, value in tags.items())
        return list(self.client.search_runs([self.experiment_id], query, order_by=["attributes.start_time DESC"]))


def project_root() -> Path:
    """Return the folder that relative stores are meant from, also in a queued DVC experiment's copy."""
    return Path(os.environ.get("DVC_ROOT", ".")).resolve()


def _located(uri: str) -> str:
    """Return `uri` with a relative SQLite path made absolute."""
    prefix = "sqlite:///"
    if uri.startswith(prefix) and not uri.startswith(prefix + "/"):
        return f"{prefix}{project_root() / uri.removeprefix(prefix)}"
    return uri


def _check_reachable(uri: str, timeout: float) -> None:
    parts = urlparse(uri)
    if parts.scheme in ("http", "https"):
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            socket.create_connection((parts.hostname or "", port), timeout=timeout).close()
        except OSError as error:
            raise InputError("tracking.uri", f"no MLflow server answers at {uri} ({error})", MEND) from error
    elif parts.scheme == "sqlite":
        folder = Path(uri.removeprefix("sqlite:///")).parent
        if not folder.is_dir() or not os.access(folder, os.W_OK):
            raise InputError("tracking.uri", f"{uri}: its folder is missing or cannot be written", MEND)
    else:
        raise InputError("tracking.uri", f"received {uri!r}", "Give sqlite:///FILE or http(s)://HOST:PORT.")


def open_store(config: TrackingConfig) -> Store | None:
    """Return the store, its database and experiment made if they were not there; None if tracking is off.

    Raises:
        InputError: no server answers, the folder cannot be written, or the address is of no known kind.
    """
    if not config.enabled:
        return None
    uri = _located(config.uri)
    _check_reachable(uri, config.timeout)
    import mlflow
    from mlflow.exceptions import MlflowException
    from mlflow.tracking import MlflowClient

    # A run id inherited from a surrounding run would beat the one we name.
    os.environ.pop("MLFLOW_RUN_ID", None)
    mlflow.set_tracking_uri(uri)
    client = MlflowClient(uri)
    try:
        experiment = client.get_experiment_by_name(config.experiment)
        if experiment is None:
            artifacts = None if config.artifacts is None else (project_root() / config.artifacts).as_uri()
            client.create_experiment(config.experiment, artifact_location=artifacts, tags=KIND)
            experiment = client.get_experiment_by_name(config.experiment)
    except MlflowException as error:
        raise InputError("tracking.uri", f"{uri} does not work as a store ({error})", MEND) from error
    assert experiment is not None
    mlflow.set_experiment(experiment_id=experiment.experiment_id)
    return Store(client, str(experiment.experiment_id), uri)
