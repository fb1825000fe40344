"""A classifier's outputs completed into one MLflow run; the same outputs are never published twice."""

import logging
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fullconv.config.layout import ARRAYS, PAGE, model_file, report_file
from fullconv.config.own_sets import are_crops
from fullconv.config.schema import ExperimentConfig
from fullconv.data.prepared import classes_of, read_prepared
from fullconv.figures.palette import classifier_colour
from fullconv.report.page.provenance import published
from fullconv.track.dashboard import COLOUR
from fullconv.track.dashboard import NOTE as DESCRIPTION
from fullconv.track.datasets import array_inputs, mosaic_inputs
from fullconv.track.identity import (
    OUTPUTS,
    PARAMETERS,
    SHOWN,
    digest,
    digest_of_files,
    parameters_of,
)
from fullconv.track.live import shown
from fullconv.track.outputs import agrees, log_report, read_history
from fullconv.track.provenance.code import provenance, state_words
from fullconv.track.provenance.lineage import log_state, mark_state
from fullconv.track.registry.logged_model import log_conversion
from fullconv.track.registry.models import answering, log_reading
from fullconv.track.store.opening import Store
from fullconv.track.store.process import PROCESS, of_another_host, this_process, works_elsewhere

if TYPE_CHECKING:
    from mlflow.entities import Run

log = logging.getLogger(__name__)

BEGUN = "fullconv.publishing"  # tag: a publishing that was cut off leaves it without OUTPUTS

NOTE = """One classifier: trained, converted, evaluated.

| metric | meaning |
| --- | --- |
| `<set>/AP50`, `AP` | COCO average precision on a set of mosaics |
| `<set>/F1_center`, `F1_iou50` | F1 at the threshold chosen on validation mosaics: centre in the box, or IoU .5 |
| `<set>/pointing` | share of (image, class) pairs whose highest cell lies on an object of the class |
| `<set>/centre` | share of objects whose centre cell names their class |
| `final/*` | of the weights that were kept; validation is the test images (and test backgrounds) |
| `certificate/max_difference` | classifier against conversion at training size, largest difference of a probability |
| `certificate/crop_max_difference` | cells of a larger image against the classifier on the same crop |
| `cost/parameters`, `cost/multiply_accumulates` | of the classifier, for one image at training size |
| `inspect/agreement` | share of a test image's nearest neighbours, by the network's last features, of its own class |
| `inspect/pixels` | the same by the images' pixels: what the network is to beat |
| `loss`, `accuracy`, `val_loss`, `val_accuracy` | per epoch |

Every other measure, with all digits: *Artifacts → report*; definitions with worked examples: docs/metrics.md. All
classifiers on one page: *Artifacts → report.html*. The whole certificate: *Artifacts → certificate.json*; cost layer by
layer: *Artifacts → cost.json*. Pictures: the image grid and *Artifacts → contact_sheets*; training windows, kernels,
activations, neighbours: *inspection*."""


def run_to_complete(store: Store, name: str, key: str, history: Sequence[Mapping[str, float]] = ()) -> "Run | None":
    """Return the run that the training of this `history` streamed to; None if no store was there to hear it.

    It is told by its tags and by what it holds, never by its time. What an earlier publishing left half done is
    removed, and so is a run whose curves are of another training: that was one of other code.
    """
    for run in store.runs({PARAMETERS: key, "mlflow.runName": name}):
        begun = BEGUN in run.data.tags
        if OUTPUTS in run.data.tags or (_in_work(run) if begun else works_elsewhere(run.data.tags.get(PROCESS))):
            continue
        if not begun and agrees(store, run, history):
            return run
        store.client.delete_run(run.info.run_id)
    return None


def remove_doubles(store: Store, name: str, key: str, outputs: str) -> str:
    """Return the one run that stays of those that show these parameters and outputs; remove what else is of them.

    Two hosts that publish at the same time choose the same one.
    """
    runs = store.runs({PARAMETERS: key, "mlflow.runName": name})
    kept = min(run.info.run_id for run in runs if run.data.tags.get(OUTPUTS) == outputs)
    for run in runs:
        double = run.data.tags.get(OUTPUTS) == outputs and run.info.run_id != kept
        left = OUTPUTS not in run.data.tags and not _in_work(run)
        if double or left:
            store.client.delete_run(run.info.run_id)
    return str(kept)


def _in_work(run: "Run") -> bool:
    """Return whether a process may still write to a run; of one on another host nothing is known."""
    process = run.data.tags.get(PROCESS)
    return run.info.status == "RUNNING" and (works_elsewhere(process) or of_another_host(process))


def _log_page(store: Store, run: "Run") -> None:
    """Log the page of the comparison as it is now, with its state: other classifiers may have changed since."""
    shown_now = digest_of_files([PAGE])
    if run.data.tags.get(SHOWN) == shown_now:
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / PAGE.name
        copy.write_text(published(PAGE.read_text(encoding="utf-8"), state_words()), encoding="utf-8")
        store.client.log_artifact(run.info.run_id, str(copy))
    store.client.set_tag(run.info.run_id, SHOWN, shown_now)


def publish(store: Store, settings: ExperimentConfig, name: str, outputs: str) -> str:
    """Return the id of the run that shows these parameters and outputs; make or complete it if it is not there.

    Raises:
        InputError: the store went away; a later call completes the run.
    """
    parameters = parameters_of(settings, name)
    key = digest(parameters)
    # Another publishing of this host may have the same in hand: a queued experiment that changes other classifiers.
    with answering(store), store.locked("publish"):
        there = store.runs({PARAMETERS: key, OUTPUTS: outputs, "mlflow.runName": name})
        if there:
            log.info("%s: on the dashboard already", name)
            _log_page(store, there[0])
            mark_state(store, there[0], name)
        else:
            _complete(store, settings, name, parameters, outputs)
            log.info("%s: published", name)
        return remove_doubles(store, name, key, outputs)


def _complete(store: Store, settings: ExperimentConfig, name: str, parameters: Mapping[str, Any], outputs: str) -> None:
    from mlflow.entities import Param, RunTag

    key = digest(dict(parameters))
    run = run_to_complete(store, name, key, read_history(report_file(name, "history.csv")))
    colour = classifier_colour(settings.names.index(name))
    tags = {PARAMETERS: key, BEGUN: "true", "stage": "published", DESCRIPTION: NOTE, **provenance()}
    tags |= {PROCESS: this_process(), COLOUR: colour}
    # With its tags from the beginning: a run without them would be nobody's, if this process were killed.
    run_id = store.begin(name, tags, shown(parameters)) if run is None else str(run.info.run_id)
    report, conversion, classes = report_file(name, ""), model_file(name, "conversion"), classes_of(settings.data)
    with store.at_work(run_id), tempfile.TemporaryDirectory() as folder:
        params = [Param(one, str(value)) for one, value in shown(parameters).items()]
        store.client.log_batch(run_id, params=params, tags=[RunTag(one, value) for one, value in tags.items()])
        sources = array_inputs(read_prepared(settings.data), settings.data.name, {"dvc": str(ARRAYS)})
        store.client.log_inputs(run_id, [*sources, *mosaic_inputs(settings.mosaics)])
        model = log_conversion(conversion, run_id, len(read_history(report / "history.csv")))
        log_report(store, run_id, report, classes, Path(folder), model)
        config, sprites = settings.classifiers[name].locate, not are_crops(settings.data)
        log_reading(store, run_id, conversion, report, classes, config, sprites)
        log_state(store, run_id)
        active = store.client.get_run(run_id)
        _log_page(store, active)
        mark_state(store, active, name)
    # Last of all, when the run says that it is finished.
    store.client.set_tag(run_id, OUTPUTS, outputs)
