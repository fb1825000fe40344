"""A finder of one's own on its run: what was measured, and the model with all that its folder says of a search."""

import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from fullconv.config.folders import BOXES, CONVERSION, FINDER
from fullconv.config.run_metrics import shown_of
from fullconv.evaluate.annotations import UNDEFINED
from fullconv.track.identity import OUTPUTS, PARAMETERS, digest_of_files
from fullconv.track.registry.logged_model import log_conversion
from fullconv.track.registry.models import FOLDER, answering
from fullconv.track.registry.promotion import CERTIFICATE

if TYPE_CHECKING:
    from fullconv.finders.made import Made
    from fullconv.track.store.opening import Store

_LONGEST = 250  # of MLflow's names
_PARTS = (FINDER, CONVERSION, "conversion.json", BOXES)


def log_finder(store: "Store", name: str, parameters: str, folder: Path, made: "Made") -> str | None:
    """Complete the run `name` of a finder's training; return its id, None where the store has no such run.

    `parameters` is the digest of what it was trained with. `fullconv promote run=ID` makes a registered model of it.

    Raises:
        InputError: the store does not answer.
    """
    with answering(store):
        runs = store.runs({PARAMETERS: parameters, "mlflow.runName": name})
        if not runs:
            return None
        run_id = str(runs[0].info.run_id)
        if OUTPUTS not in runs[0].data.tags:
            _complete(store, run_id, folder, made)
        return run_id


def metric_name(key: str) -> str:
    """Return what MLflow takes as a metric's name: of a class's name, other signs than its own become underscores."""
    return re.sub(r"[^\w.\- :/]", "_", key)[:_LONGEST]


def _shown(key: str, value: float) -> bool:
    """Return whether a metric on scenes is one that runs show: what is defined, and AP50 of each class."""
    return value != UNDEFINED and (key in ("accuracy", *shown_of("validation")) or key.startswith("AP50_of/"))


def _complete(store: "Store", run_id: str, folder: Path, made: "Made") -> None:
    held_out = {"accuracy": made.metrics["val_accuracy"], **made.validation}
    validation = {f"validation/{key}": value for key, value in held_out.items() if _shown(key, value)}
    measured = {**made.metrics, **validation}
    if made.certificate["max_difference"] is not None:
        measured[CERTIFICATE] = made.certificate["max_difference"]
    model = log_conversion(folder / CONVERSION, run_id, int(made.metrics["epochs"]))
    for key, value in measured.items():
        store.client.log_metric(run_id, metric_name(key), float(value), model_id=model)
    with tempfile.TemporaryDirectory() as temporary:
        for name in _PARTS:
            shutil.copyfile(folder / name, Path(temporary) / name)
        store.client.log_model_artifacts(model, temporary, FOLDER)
    store.client.set_tag(run_id, "stage", "finder")
    # Last of all, when the run says that it is finished.
    store.client.set_tag(run_id, OUTPUTS, digest_of_files([folder / name for name in _PARTS]))
