"""One job of a sweep: train, convert and evaluate in memory, logged as one run."""

import os
import tempfile
from pathlib import Path

import numpy as np

from fullconv.config.load import chosen, chosen_name
from fullconv.config.quiet import load_tensorflow
from fullconv.config.schema import ExperimentConfig
from fullconv.data.arrays import Arrays, check_arrays
from fullconv.data.mosaics import make_scenes
from fullconv.data.sources import load_arrays
from fullconv.errors import InputError
from fullconv.files import write_json
from fullconv.imagenet.networks import require_trainable
from fullconv.track.identity import parameters_of, provenance
from fullconv.track.live import curves, shown
from fullconv.track.outputs import log_report
from fullconv.track.store import Store, open_store
from fullconv.track.sweep import PARENT


def _scenes(settings: ExperimentConfig, arrays: Arrays, folder: Path) -> None:
    from fullconv.data.coco import write_scenes

    for name, config in settings.mosaics.items():
        scenes = make_scenes(config, arrays, settings.data.validation_share, where=f"mosaics.{name}")
        write_scenes(folder / name, scenes, settings.data.classes)


def _work(settings: ExperimentConfig, folder: Path, callbacks: list[object]) -> dict[str, dict[str, float]]:
    """Run the three steps and leave their report in `folder`; return the metrics of each set."""
    load_tensorflow()
    from fullconv.convert.conversion import convolutionalize
    from fullconv.evaluate.scenes import scene_sets
    from fullconv.proof.certificate import certify
    from fullconv.proof.work import costs
    from fullconv.track.report import write_report
    from fullconv.track.subject import searching
    from fullconv.train.history import write_history
    from fullconv.train.recipe import train_classifier

    config, classes = chosen(settings), settings.data.classes
    require_trainable(config.model.architecture)
    arrays = load_arrays(settings.data)
    check_arrays(arrays, classes, where="data")
    trained = train_classifier(arrays, config, classes, settings.seed, callbacks)
    conversion = convolutionalize(
        trained.classifier, head=config.convert.head, flip_kernels=config.convert.flip_kernels
    )
    images = arrays.test_images[: config.convert.images].astype(np.float32) / np.float32(255)
    certificate = certify(trained.classifier, conversion, images=images)
    _scenes(settings, arrays, folder / "mosaics")
    sets = scene_sets(settings.mosaics, folder / "mosaics")
    report = folder / "report"
    metrics = write_report(report, searching(conversion, classes, config.locate, "data.classes"), sets)
    write_history(report / "history.csv", trained.history)
    write_json(report / "train.json", trained.metrics)
    write_json(report / "convert.json", certificate.as_dict())
    write_json(report / "cost.json", costs(trained.classifier, conversion))
    return metrics


def _objective(settings: ExperimentConfig, metrics: dict[str, dict[str, float]]) -> float:
    scenes, metric = settings.objective.split(".", 1)
    if metric not in metrics[scenes]:
        raise InputError(
            "objective", f"no metric {metric!r} in {scenes}", f"Choose one of {', '.join(metrics[scenes])}."
        )
    return float(metrics[scenes][metric])


def run_job(settings: ExperimentConfig, label: str) -> float:
    """Return the objective of one job; its run is a child of the sweep's, if there is one.

    Raises:
        InputError: an input that a stage would refuse too.
    """
    store = open_store(settings.tracking)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "working").mkdir()
        if store is None:
            return _objective(settings, _work(settings, folder, []))
        return _tracked(store, settings, label, folder)


def _tracked(store: Store, settings: ExperimentConfig, label: str, folder: Path) -> float:
    import mlflow

    parent = os.environ.get(PARENT)
    tags = {"stage": "job", **provenance(), **({"mlflow.parentRunId": parent} if parent else {})}
    with mlflow.start_run(run_name=label[:200], tags=tags) as run:
        mlflow.log_params(shown(parameters_of(settings, chosen_name(settings))))
        metrics = _work(settings, folder, [curves()])
        log_report(store, run.info.run_id, folder / "report", settings.data.classes, folder / "working")
        objective = _objective(settings, metrics)
        mlflow.log_metric("objective", objective)
    return objective
