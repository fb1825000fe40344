"""What one job of a sweep computes and logs, in a process of its own."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fullconv.config.choice import require_trainable
from fullconv.config.load import chosen
from fullconv.config.own_sets import are_crops, key_of
from fullconv.config.quiet import load_tensorflow
from fullconv.config.schema import ExperimentConfig
from fullconv.data.arrays import Arrays, check_arrays
from fullconv.data.prepared import classes_of, measures_in
from fullconv.data.scenes.mosaics import make_scenes
from fullconv.data.sources.choice import load_arrays
from fullconv.files import read_json, write_json
from fullconv.track.datasets import array_inputs
from fullconv.track.live import curves
from fullconv.track.outputs import log_report, read_history
from fullconv.track.registry.logged_model import log_conversion
from fullconv.track.registry.models import log_reading
from fullconv.track.store.opening import Store, open_store

_DONE = "objective.json"  # written last: what a job's folder holds is whole


@dataclass(frozen=True)
class Task:
    """A job and where its things lie."""

    settings: ExperimentConfig
    folder: Path  # its results, until they are logged
    checkpoint: Path  # of its training
    run_id: str | None  # None without tracking


def kept_objective(folder: Path) -> float | None:
    """Return the objective of a job whose results are whole in `folder`; None where they are not."""
    return float(read_json(folder / _DONE)["objective"]) if (folder / _DONE).exists() else None


def work(task: Task, store: Store | None) -> float:
    """Train, convert and evaluate; return the objective. Results lie in the job's folder, the objective last.

    The curves, and what was learnt from, go to the job's run.

    Raises:
        InputError: an input that a stage would refuse too.
    """
    settings = task.settings
    load_tensorflow()
    from fullconv.convert.conversion import convolutionalize
    from fullconv.convert.storage import save_conversion
    from fullconv.evaluate.scenes.sets import scene_sets
    from fullconv.proof.certificate import certify
    from fullconv.proof.work import costs
    from fullconv.report.localization import write_report
    from fullconv.track.finders import searching
    from fullconv.track.known_sizes import dimensions_in
    from fullconv.train.history import write_history
    from fullconv.train.recipe import train_classifier
    from fullconv.train.shown import shown_to

    config = chosen(settings)
    require_trainable(config.model.architecture)
    arrays = load_arrays(settings.data, settings.seed)
    classes = classes_of(settings.data, arrays)
    check_arrays(arrays, classes, where="data")
    # What measures the objective adds it to the epoch's figures before they are sent.
    listeners = [*_pruning(settings, arrays), *_streaming(task, store, arrays)]
    trained = train_classifier(arrays, config, classes, settings.seed, listeners, task.checkpoint)
    conversion = convolutionalize(
        trained.classifier, head=config.convert.head, flip_kernels=config.convert.flip_kernels
    )
    shown, _ = shown_to(arrays, config.background, lambda: trained.sample.windows)
    images = shown[: config.convert.images].astype(np.float32) / np.float32(255)
    certificate = certify(trained.classifier, conversion, images=images)
    report = task.folder / "report"
    with tempfile.TemporaryDirectory() as temporary:
        _write_scenes(settings, arrays, classes, Path(temporary))
        sets = scene_sets(settings.mosaics, Path(temporary))
        dimensions = dimensions_in(measures_in(arrays), config, in_scenes=True)
        finder = searching(conversion, classes, config.locate, "data.classes", arrays.crops is None, dimensions)
        metrics = write_report(report, finder, sets)
    write_history(report / "history.csv", trained.history)
    write_json(report / "train.json", trained.metrics)
    write_json(report / "convert.json", certificate.as_dict())
    write_json(report / "cost.json", costs(trained.classifier, conversion))
    save_conversion(conversion, task.folder / "conversion.keras")
    objective = _objective(settings, metrics)
    write_json(task.folder / _DONE, {"objective": objective, "classes": classes})
    return objective


def _pruning(settings: ExperimentConfig, arrays: Arrays) -> list[Any]:
    if settings.job.trial is None:
        return []
    from fullconv.sweeps.search.pruning import pruning_callbacks

    return list(pruning_callbacks(settings, arrays))


def _streaming(task: Task, store: Store | None, arrays: Arrays) -> list[Any]:
    if store is None:
        return []
    data = task.settings.data
    return [curves(store, str(task.run_id), lambda: array_inputs(arrays, data.name, {"data": data.name}))]


def _write_scenes(settings: ExperimentConfig, arrays: Arrays, classes: Sequence[str], folder: Path) -> None:
    from fullconv.data.scenes.coco import write_scenes

    for name, config in settings.mosaics.items():
        scenes = make_scenes(config, arrays, settings.data.validation_share, where=key_of(settings.data, name))
        write_scenes(folder / name, scenes, classes)


def _objective(settings: ExperimentConfig, metrics: dict[str, dict[str, Any]]) -> float:
    scenes, metric = settings.objective.split(".", 1)
    return float(metrics[scenes][metric])


def log_job(store: Store, task: Task, objective: float) -> None:
    """Log a job's folder to its run, under the names that `publish` gives, and the conversion as its model."""
    assert task.run_id is not None
    classes = read_json(task.folder / _DONE).get("classes", task.settings.data.classes)
    report = task.folder / "report"
    model = log_conversion(task.folder / "conversion.keras", task.run_id, len(read_history(report / "history.csv")))
    with tempfile.TemporaryDirectory() as working:
        log_report(store, task.run_id, report, classes, Path(working), model)
    read, sprites = chosen(task.settings).locate, not are_crops(task.settings.data)
    log_reading(store, task.run_id, task.folder / "conversion.keras", report, classes, read, sprites)
    store.client.log_metric(task.run_id, "objective", objective, model_id=model)


def log_pruning(store: Store | None, task: Task, error: Exception) -> bool:
    """Return whether an error is the early end of a search's trial; log the objective at that moment."""
    from fullconv.sweeps.search.pruning import Pruned

    if not isinstance(error, Pruned):
        return False
    if store is not None and task.run_id is not None:
        name = task.settings.objective.replace(".", "/", 1)
        store.client.log_metric(task.run_id, f"{name}_at_pruning", error.value, step=error.epochs)
    return True


def store_of(task: Task) -> Store | None:
    """Return the store of a job's run."""
    return open_store(task.settings.tracking) if task.run_id is not None else None
