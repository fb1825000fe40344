"""Registered models: what a conversion needs on another machine, kept with it, and loaded by alias or version."""

import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from fullconv.config.folders import FINDER
from fullconv.config.running import TrackingConfig
from fullconv.config.schema import LocateConfig
from fullconv.errors import InputError
from fullconv.files import read_json, write_json
from fullconv.track.store.opening import Store, open_store, project_root
from fullconv.track.store.reach import SQLITE

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

    from fullconv.convert.conversion import Conversion
    from fullconv.finders.made import Kept

FOLDER = "fullconv"  # of a logged model: conversion.keras, conversion.json, reading.json; of a finder finder.json
_READING = "reading.json"
_LOGGED = re.compile(r"models:/(?P<id>m-[^/]+)$")
_FORM = re.compile(r"(?P<name>[^@/']+)(?:@(?P<alias>[^@/']+)|/(?P<version>\d+))")


@dataclass(frozen=True)
class Registered:
    """A version of a registered model: the conversion, its classes, and how detections are read off its maps.

    A finder of one's own says more: `kept`.
    """

    conversion: "Conversion"
    classes: tuple[str, ...]
    locate: LocateConfig  # with the threshold of its run
    kept: "Kept | None" = None
    sprites: bool = True  # whether it learned light objects on a dark ground


def existing_store(tracking: TrackingConfig) -> Store:
    """Return the tracking store, which must be there already: reading from it makes none.

    Raises:
        InputError: tracking is off, or there is no store at its address.
    """
    mend = "Give tracking.uri=ADDRESS, or tracking=server and MLFLOW_TRACKING_URI."
    if tracking.uri.startswith(SQLITE):
        file = project_root() / tracking.uri.removeprefix(SQLITE)
        if not file.is_file():
            raise InputError("tracking.uri", f"no store at {tracking.uri} ({file} is not there)", mend)
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")  # read by MLflow as it downloads
    store = open_store(tracking)
    if store is None:
        raise InputError("tracking.enabled", "false, and runs and registered models lie in the store", mend)
    return store


def model_of_run(store: Store, run_id: str) -> str | None:
    """Return the id of the model that a run logged last, if it logged one."""
    outputs = store.client.get_run(run_id).outputs
    models = [] if outputs is None else outputs.model_outputs
    return str(models[-1].model_id) if models else None


def log_reading(
    store: Store,
    run_id: str,
    conversion: Path,
    report: Path,
    classes: Sequence[str],
    config: LocateConfig,
    sprites: bool = True,
) -> None:
    """Add to the model that a run logged what locating needs besides it: geometry, classes, settings, threshold.

    `conversion` is the `.keras` file, whose facts lie beside it as `.json`; `report` is the folder with its
    threshold. The file is kept as it is, because MLflow saves the network anew and the facts name their bytes.

    Raises:
        InputError: the run has logged no model, or the report has no threshold.
    """
    model = model_of_run(store, run_id)
    if model is None:
        raise InputError(f"run {run_id}", "has logged no model", "Log its conversion first.")
    locate = {**asdict(config), "threshold": read_json(report / "threshold.json")["threshold"]}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for suffix in (".keras", ".json"):
            shutil.copyfile(conversion.with_suffix(suffix), folder / f"conversion{suffix}")
        write_json(folder / _READING, {"classes": list(classes), "locate": locate, "sprites": sprites})
        store.client.log_model_artifacts(model, str(folder), FOLDER)


def load_registered(tracking: TrackingConfig, wanted: str) -> Registered:
    """Return the registered model `wanted`, NAME@ALIAS or NAME/VERSION, from the tracking store alone.

    No code from the store runs: of the model's files only those of `log_reading` are read, and as data.

    Raises:
        InputError: no store, no such model, alias or version, or one that was logged without what locating needs.
    """
    store = existing_store(tracking)
    with answering(store):
        version = find_version(store, wanted)
        with tempfile.TemporaryDirectory() as temporary:
            return _read(_downloaded(store, version, wanted, temporary), wanted)


def find_version(store: Store, wanted: str) -> "ModelVersion":
    """Return the version that NAME@ALIAS or NAME/VERSION stands for.

    Raises:
        InputError: it has neither form, or there is no such model, alias or version.
    """
    form = _FORM.fullmatch(wanted)
    if form is None:
        mend = "Give registry:NAME@ALIAS or registry:NAME/VERSION, such as registry:fullconv@champion."
        raise InputError("model", f"received registry:{wanted}", mend)
    name, alias, number = form["name"], form["alias"], form["version"]
    found = store.client.search_registered_models(f"name = '{name}'")
    if not found:
        known = [one.name for one in store.client.search_registered_models()]
        received = f"no registered model {name!r} in {store.uri}"
        raise InputError("model", received, _choose(known, "Promote one: fullconv promote."))
    if alias is not None:
        aliases = found[0].aliases
        if alias not in aliases:
            raise InputError("model", f"{name} has no alias {alias!r}", _choose(aliases, "Give NAME/VERSION."))
        number = str(aliases[alias])
    versions = {str(one.version): one for one in store.client.search_model_versions(f"name = '{name}'")}
    if number not in versions:
        raise InputError("model", f"{name} has no version {number}", _choose(versions, "Promote a run."))
    return versions[number]


@contextmanager
def answering(store: Store) -> Iterator[None]:
    """Turn what the store refuses, or a connection that breaks, into one line."""
    from mlflow.exceptions import MlflowException
    from requests import RequestException

    try:
        yield
    except (MlflowException, RequestException) as error:
        mend = "Mend the store, or choose another."
        raise InputError("tracking.uri", f"{store.uri} answers: {error}", mend) from error


def _choose(known: Any, otherwise: str) -> str:
    return f"Choose one of {', '.join(sorted(map(str, known)))}." if known else otherwise


def _downloaded(store: Store, version: "ModelVersion", wanted: str, folder: str) -> Path:
    import mlflow.artifacts

    # A SQLite store leaves the version's model_id empty; its source says the same.
    model = _LOGGED.match(version.source or "")
    there = {one.path for one in store.client.list_logged_model_artifacts(model["id"], FOLDER)} if model else set()
    if model is None or not there & {f"{FOLDER}/{_READING}", f"{FOLDER}/{FINDER}"}:
        mend = "Publish its run anew and promote it, or choose another version."
        raise InputError("model", f"{wanted} was logged without its geometry and classes", mend)
    uri = f"{store.client.get_logged_model(model['id']).artifact_location}/{FOLDER}"
    return Path(mlflow.artifacts.download_artifacts(artifact_uri=uri, dst_path=folder, tracking_uri=store.uri))


def _read(folder: Path, wanted: str) -> Registered:
    from fullconv.convert.storage import load_conversion

    if (folder / FINDER).is_file():
        from fullconv.finders.folder import read_finder

        kept = read_finder(folder)
        return Registered(kept.conversion, kept.channels.classes, kept.config, kept)
    reading = read_json(folder / _READING)
    try:
        merged = OmegaConf.merge(OmegaConf.structured(LocateConfig), reading["locate"])
        classes = tuple(str(name) for name in reading["classes"])
    except (KeyError, TypeError, OmegaConfBaseException) as error:
        line = str(error).splitlines()[0]
        mend = "It was logged by another version of fullconv: publish and promote it anew."
        raise InputError("model", f"{wanted}: {_READING} cannot be used ({json.dumps(line)})", mend) from error
    locate = OmegaConf.to_object(merged)
    assert isinstance(locate, LocateConfig)
    sprites = reading.get("sprites", True) is not False
    return Registered(load_conversion(folder / "conversion.keras"), classes, locate, sprites=sprites)
