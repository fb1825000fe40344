"""The MLflow store: found, checked and made ready before any work starts."""

import hashlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fullconv.config.checks.tracking import check_tracking
from fullconv.config.running import TrackingConfig
from fullconv.config.signs import loading
from fullconv.errors import InputError
from fullconv.track.dashboard import first_tags
from fullconv.track.store.locks import locked
from fullconv.track.store.reach import MEND, SQLITE, check_folder, check_server, prepare_sqlite

if TYPE_CHECKING:
    from mlflow.entities import Experiment, Run
    from mlflow.tracking import MlflowClient


# The dashboard opens such an experiment on its training runs, with their metrics as columns.
KIND = {"mlflow.experimentKind": "custom_model_development"}

# MLflow's own would have a program wait for minutes until it says that a server is gone; who sets them means it.
PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "3", "MLFLOW_HTTP_REQUEST_TIMEOUT": "30"}


@dataclass(frozen=True)
class Work:
    """What this process does on a run: `until` is the run's time in ms up to which it was worked on before.

    None: nobody knows. How long it takes is measured by a clock that does not jump.
    """

    run_id: str
    until: int | None
    since: float = field(default_factory=time.monotonic)


@dataclass(frozen=True)
class Store:
    """An experiment of a reachable MLflow store."""

    client: "MlflowClient"
    experiment_id: str
    uri: str
    timeout: float = 5.0  # seconds that work waits for it, at most

    def runs(self, tags: Mapping[str, str]) -> "list[Run]":
        """Return the experiment's runs that carry all of `tags`, newest first."""
        query = " and ".join(f"tags.`{key}` = '{value}'" for key, value in tags.items())
        return list(self.client.search_runs([self.experiment_id], query, order_by=["attributes.start_time DESC"]))

    def begin(self, name: str, tags: Mapping[str, str], parameters: Mapping[str, Any]) -> str:
        """Return the id of a new run that says who began it and from which program."""
        from mlflow.entities import Param
        from mlflow.tracking.context.registry import resolve_tags

        run = self.client.create_run(self.experiment_id, now_ms(), tags=resolve_tags(dict(tags)), run_name=name)
        self.client.log_batch(run.info.run_id, params=[Param(key, str(value)) for key, value in parameters.items()])
        return str(run.info.run_id)

    @contextmanager
    def at_work(self, run_id: str) -> Iterator[None]:
        """Let a run say while the block works that it does, and then how it ended; its times stay as they are.

        They are those of its training. A run that is made here has no end, and so no duration: what publishes knows
        none.
        """
        if self.client.get_run(run_id).info.status != "RUNNING":
            self.client.update_run(run_id, status="RUNNING")
        try:
            yield
        except BaseException:
            with suppress(Exception):  # the first error is what a person is to hear of
                self.client.update_run(run_id, status="FAILED")
            raise
        self.client.update_run(run_id, status="FINISHED")

    def end(self, work: "Work", status: str) -> None:
        """End a run; where nobody knows how long it was worked on before, it has no duration."""
        if work.until is None:
            self.client.update_run(work.run_id, status=status)
        else:
            taken = int(1000 * (time.monotonic() - work.since))
            self.client.set_terminated(work.run_id, status, work.until + taken)

    def work_anew(self, name: str, tags: Mapping[str, str], parameters: Mapping[str, Any]) -> "Work":
        """Return the work of this process on a run that it begins."""
        since = time.monotonic()
        run_id = self.begin(name, tags, parameters)
        return Work(run_id, self.client.get_run(run_id).info.start_time, since)

    def work_on(self, run_id: str) -> "Work":
        """Return the work of this process on a run that was cut off, whose pause is no part of its duration."""
        self.client.update_run(run_id, status="RUNNING")
        return Work(run_id, self.client.get_run(run_id).info.end_time)

    def locked(self, purpose: str) -> AbstractContextManager[None]:
        """Hold a lock of this store between the processes of this host, after waiting for whoever holds it."""
        return locked(_lock_file(self.uri, purpose))


def now_ms() -> int:
    """Return the time as MLflow counts it: milliseconds since 1970."""
    return int(time.time() * 1000)


def project_root() -> Path:
    """Return the folder that relative stores are meant from.

    DVC names it in a queued experiment too, whose stages run in a temporary copy of the project.
    """
    return Path(os.environ.get("DVC_ROOT", ".")).resolve()


def located(uri: str) -> str:
    """Return `uri` with a relative SQLite path made absolute."""
    if uri.startswith(SQLITE):
        return f"{SQLITE}{project_root() / uri.removeprefix(SQLITE)}"
    return uri


def _lock_file(uri: str, purpose: str) -> Path:
    if uri.startswith(SQLITE):
        return Path(f"{uri.removeprefix(SQLITE)}.{purpose}.lock")
    key = hashlib.sha256(uri.encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"fullconv-{os.getuid()}" / f"{key}.{purpose}.lock"


def _artifacts(uri: str, folder: str | None) -> str | None:
    """Return where artifacts go; beside the database if no folder is given. A server knows that itself."""
    if not uri.startswith(SQLITE):
        return None
    if folder is None:
        return Path(uri.removeprefix(SQLITE)).with_name("mlartifacts").as_uri()
    return (project_root() / folder).as_uri()


def open_store(config: TrackingConfig) -> Store | None:
    """Return the store, its database and experiment made if they were not there; None if tracking is off.

    Processes that open a database at the same moment wait for each other.

    Raises:
        InputError: no server answers or it lets nobody in without the right password, the database cannot be written,
            or the address is of no known kind.
    """
    if not config.enabled:
        return None
    check_tracking(config)
    uri = located(config.uri)
    for key, value in PATIENCE.items():
        os.environ.setdefault(key, value)
    if not uri.startswith(SQLITE):
        check_server(uri, config.experiment, config.timeout)
        return _opened(uri, config)
    file = Path(uri.removeprefix(SQLITE))
    check_folder(file)
    with locked(_lock_file(uri, "open")):
        prepare_sqlite(file, config.timeout)
        return _opened(uri, config)


def _opened(uri: str, config: TrackingConfig) -> Store:
    if "mlflow" not in sys.modules:
        loading("MLflow")
    import mlflow
    from mlflow.exceptions import MlflowException
    from mlflow.tracking import MlflowClient

    # A run id inherited from a surrounding run would beat the one we name.
    os.environ.pop("MLFLOW_RUN_ID", None)
    mlflow.set_tracking_uri(uri)
    client = MlflowClient(uri)
    try:
        experiment = _experiment(client, uri, config)
    except MlflowException as error:
        raise InputError("tracking.uri", f"{uri} does not work as a store ({error})", MEND) from error
    mlflow.set_experiment(experiment_id=experiment.experiment_id)
    return Store(client, str(experiment.experiment_id), uri, config.timeout)


def _experiment(client: "MlflowClient", uri: str, config: TrackingConfig) -> "Experiment":
    from mlflow.exceptions import MlflowException

    experiment = client.get_experiment_by_name(config.experiment)
    if experiment is None:
        try:
            client.create_experiment(config.experiment, _artifacts(uri, config.artifacts), KIND | first_tags())
        except MlflowException as error:
            # Somebody on another host was faster.
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        experiment = client.get_experiment_by_name(config.experiment)
    if experiment.lifecycle_stage == "deleted":
        raise InputError(
            "tracking.experiment",
            f"{config.experiment!r} was deleted from {uri}",
            f"Restore it (mlflow experiments restore --experiment-id {experiment.experiment_id}) or give another name.",
        )
    for key, said in first_tags().items():
        if key not in experiment.tags:  # a person's own version of it stays
            client.set_experiment_tag(experiment.experiment_id, key, said)
    return experiment
