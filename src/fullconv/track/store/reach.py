"""Whether a tracking store can be used, asked within seconds and before any work starts."""

import os
import socket
import sqlite3
from pathlib import Path
from urllib.parse import urlsplit

from fullconv.errors import InputError

MEND = "Start it, mend tracking.uri, or choose tracking=none."
SQLITE = "sqlite:///"


def check_server(uri: str, experiment: str, timeout: float) -> None:
    """Ask a server for an experiment, once and within `timeout` seconds.

    Raises:
        InputError: nobody answers, it is no MLflow server, or it does not let this person in.
    """
    _knock(uri, timeout)
    from mlflow.exceptions import MlflowException
    from mlflow.utils.credentials import get_default_host_creds
    from mlflow.utils.rest_utils import http_request

    path = "/api/2.0/mlflow/experiments/get-by-name"
    try:
        answer = http_request(
            get_default_host_creds(uri),
            path,
            "GET",
            max_retries=0,
            timeout=timeout,
            raise_on_status=False,
            params={"experiment_name": experiment},
        )
    except MlflowException as error:
        raise InputError("tracking.uri", f"no MLflow server answers at {uri} ({error})", MEND) from error
    if answer.status_code in (401, 403):
        _refused(uri, answer.status_code, experiment)
    # A 404 of MLflow's says in JSON that there is no such experiment.
    if answer.status_code not in (200, 404) or not answer.headers.get("content-type", "").startswith(
        "application/json"
    ):
        raise InputError("tracking.uri", f"{uri} answers {answer.status_code}, not as an MLflow server does", MEND)


def _knock(uri: str, timeout: float) -> None:
    parts = urlsplit(uri)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((parts.hostname or "", port), timeout=timeout).close()
    except OSError as error:
        raise InputError("tracking.uri", f"no MLflow server answers at {uri} ({error})", MEND) from error


def _refused(uri: str, status: int, experiment: str) -> None:
    if status == 403:
        user = os.environ.get("MLFLOW_TRACKING_USERNAME", "this user")
        raise InputError(
            "tracking.experiment",
            f"{uri} does not let {user} read {experiment!r}",
            "Ask its administrator for the permission.",
        )
    missing = not (os.environ.get("MLFLOW_TRACKING_USERNAME") and os.environ.get("MLFLOW_TRACKING_PASSWORD"))
    raise InputError(
        "tracking.uri",
        f"{uri} asks for a user and a password, and "
        + ("none were given" if missing else "those that were given are wrong"),
        "Set the environment variables MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD.",
    )


def check_folder(file: Path) -> None:
    """Check the folder of a database.

    Raises:
        InputError: it is missing or cannot be written.
    """
    if not file.parent.is_dir() or not os.access(file.parent, os.W_OK):
        raise InputError("tracking.uri", f"{SQLITE}{file}: its folder is missing or cannot be written", MEND)


def prepare_sqlite(file: Path, timeout: float) -> None:
    """Make a database ready for several processes: readers do not wait for the one that writes (write-ahead log).

    Raises:
        InputError: it cannot be written, is no database, or another process has had it locked for `timeout` seconds.
    """
    database = sqlite3.connect(file, timeout=timeout, isolation_level=None)
    try:
        (mode,) = database.execute("PRAGMA journal_mode").fetchone()
        if mode != "wal":
            database.execute("PRAGMA journal_mode = WAL")
        database.execute("BEGIN IMMEDIATE")
        database.execute("ROLLBACK")
    except sqlite3.Error as error:
        mend = "End the process that holds it, mend tracking.uri, or choose tracking=none."
        raise InputError("tracking.uri", f"{SQLITE}{file} cannot be written ({error})", mend) from error
    finally:
        database.close()
