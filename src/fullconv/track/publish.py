"""A classifier's outputs completed into one MLflow run; the same outputs are never published twice."""

import logging
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fullconv.config.layout import ARRAYS, MOSAICS, PAGE, model_file, report_file
from fullconv.config.quiet import load_tensorflow
from fullconv.config.schema import ExperimentConfig
from fullconv.track.identity import digest, digest_of_files, parameters_of, provenance
from fullconv.track.live import OUTPUTS, PARAMETERS, shown
from fullconv.track.outputs import log_report
from fullconv.track.store import Store

if TYPE_CHECKING:
    from mlflow.entities import Run

log = logging.getLogger(__name__)

SHOWN = "fullconv.page"  # tag: digest of the comparison page that the run holds
BEGUN = "fullconv.publishing"  # tag: a publishing that was cut off leaves it without OUTPUTS

NOTE = """One classifier: trained, converted, evaluated.

| metric | meaning |
| --- | --- |
| `loss`, `accuracy`, `val_loss`, `val_accuracy` | per epoch; validation is the test digits (and test backgrounds) |
| `final/*` | of the weights that were kept |
| `certificate/max_difference` | classifier against conversion at training size, largest difference of a probability |
| `certificate/crop_max_difference` | cells of a larger image against the classifier on the same crop |
| `certificate/spread` | how far one score lies apart between two images: what a difference is small against |
| `certificate/dense.engines.*` | a dense engine against shift-and-stitch, where no padding is seen |
| `cost/parameters`, `cost/multiply_accumulates` | of the classifier, for one image at training size |
| `cost/conversion_*` | the same of the conversion, at the size of the larger image of its certificate |
| `<set>/AP50`, `AP`, `AP75`, `AR` | COCO average precision and recall on a set of mosaics |
| `<set>/F1_center`, `F1_iou50` | F1 at the threshold chosen on validation mosaics: centre in the box, or IoU .5 |
| `<set>/pointing` | share of (image, class) pairs whose highest cell lies on an object of the class |
| `<set>/centre` | share of objects whose centre cell names their class |
| `inspect/agreement` | share of a test image's nearest neighbours, by the network's last features, of its own class |
| `inspect/pixels` | the same by the images' pixels: what the network is to beat |

All classifiers on one page: *Artifacts → report.html*. Definitions with worked examples: docs/metrics.md. The whole
certificate: *Artifacts → certificate.json*; layer by layer: *Artifacts → cost.json*.
Pictures: the image grid and *Artifacts → contact_sheets*; kernels, activations, neighbours: *inspection*."""


def outputs_digest(name: str) -> str:
    """Return the digest of all that the stages wrote for a classifier."""
    files = [model_file(name, "classifier"), model_file(name, "conversion"), report_file(name, "")]
    return digest_of_files(files)


def run_to_complete(store: Store, name: str, key: str) -> "Run | None":
    """Return the run that training streamed to; remove what an earlier publishing left half done."""
    for run in store.runs({PARAMETERS: key, "mlflow.runName": name}):
        if OUTPUTS in run.data.tags:
            continue
        if BEGUN in run.data.tags:
            store.client.delete_run(run.info.run_id)
        else:
            return run
    return None


def _log_datasets(settings: ExperimentConfig) -> None:
    import mlflow
    from mlflow.data.code_dataset_source import CodeDatasetSource
    from mlflow.data.meta_dataset import MetaDataset

    from fullconv.data.arrays import digests, read_arrays

    arrays = read_arrays(ARRAYS)
    checksums = digests(arrays)
    for part, context in (("train", "training"), ("test", "validation")):
        dataset: Any = mlflow.data.from_numpy(
            getattr(arrays, f"{part}_images"),
            targets=getattr(arrays, f"{part}_labels"),
            name=f"{settings.data.name} {part}",
            digest=checksums[f"{part}_images"][:16],
            source=CodeDatasetSource({"dvc": str(ARRAYS)}),
        )
        mlflow.log_input(dataset, context=context)
    for name in settings.mosaics:
        folder = MOSAICS / name
        source = CodeDatasetSource({"dvc": str(folder)})
        dataset = MetaDataset(source, name=f"mosaics {name}", digest=digest_of_files([folder]))
        mlflow.log_input(dataset, context="localization")


def _log_model(name: str) -> None:
    """Log the conversion with a signature that leaves height and width open."""
    load_tensorflow()
    import keras
    import mlflow.keras
    import tensorflow as tf
    from mlflow.models import ModelSignature
    from mlflow.types import Schema, TensorSpec

    from fullconv.convert.storage import load_conversion

    model = load_conversion(model_file(name, "conversion")).model
    shape = (-1, -1, -1, model.input_shape[-1])
    signature = ModelSignature(
        inputs=Schema([TensorSpec(np.dtype(np.float32), shape)]),
        outputs=Schema([TensorSpec(np.dtype(np.float32), (-1, -1, -1, model.output_shape[-1]))]),
    )
    requirements = [f"keras=={keras.__version__}", f"tensorflow=={tf.__version__}"]
    mlflow.keras.log_model(model, name="conversion", signature=signature, pip_requirements=requirements)


def _log_page(store: Store, run: "Run") -> None:
    """Log the page of the comparison as it is now: other classifiers may have changed since the run was published."""
    shown_now = digest_of_files([PAGE])
    if run.data.tags.get(SHOWN) != shown_now:
        store.client.log_artifact(run.info.run_id, str(PAGE))
        store.client.set_tag(run.info.run_id, SHOWN, shown_now)


def publish(store: Store, settings: ExperimentConfig, name: str, outputs: str) -> str:
    """Return the id of the run that shows these parameters and outputs; make or complete it if it is not there."""
    import mlflow

    parameters = parameters_of(settings, name)
    key = digest(parameters)
    there = store.runs({PARAMETERS: key, OUTPUTS: outputs, "mlflow.runName": name})
    if there:
        log.info("%s: on the dashboard already", name)
        _log_page(store, there[0])
        return str(there[0].info.run_id)
    run = run_to_complete(store, name, key)
    options: dict[str, Any] = {"run_name": name} if run is None else {"run_id": run.info.run_id}
    with mlflow.start_run(**options) as active, tempfile.TemporaryDirectory() as folder:
        tags = {PARAMETERS: key, BEGUN: "true", "stage": "published", "mlflow.note.content": NOTE, **provenance()}
        mlflow.set_tags(tags)
        mlflow.log_params(shown(parameters))
        log_report(store, active.info.run_id, report_file(name, ""), settings.data.classes, Path(folder))
        _log_datasets(settings)
        _log_model(name)
        _log_page(store, active)
        mlflow.set_tag(OUTPUTS, outputs)
    log.info("%s: published", name)
    return str(active.info.run_id)
