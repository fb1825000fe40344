"""Trainings on one device and on two, for tests: python mirrored_training.py FOLDER WHAT ….

Leaves FOLDER/told.json.
"""

import json
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import resumable_training as training
import tensorflow as tf

from fullconv.config.schema import ClassifierConfig
from fullconv.errors import InputError
from fullconv.models.storage import save_model
from fullconv.train.checkpoint import values_of
from fullconv.train.recipe import Trained, train_classifier

logging.basicConfig(stream=sys.stderr, level=logging.INFO)


class CutOffError(Exception):
    """Ends a training."""


def trained(case: str, distribution: str, path: Path | None = None, moment: str = "", **knobs: Any) -> Trained:
    """Train a case; with a `moment`, up to that moment."""

    def reach(place: str) -> None:
        if place == moment:
            raise CutOffError

    config = configured(case, distribution, **knobs)
    return train_classifier(training.arrays(), config, list("0123456789"), 3, [training.Moments(reach)], path)


def configured(case: str, distribution: str, **knobs: Any) -> ClassifierConfig:
    """Return a case with other knobs of `train`."""
    config: ClassifierConfig = training.configured(case)
    for key, value in {"distribution": distribution, **knobs}.items():
        setattr(config.train, key, value)
    return config


def compared(case: str, **knobs: Any) -> dict[str, Any]:
    """Train on one device and on two; return both histories and the largest difference of their weights."""
    one, two = (trained(case, distribution, **knobs) for distribution in ("none", "mirrored"))
    pairs = zip(values_of(one.classifier.variables), values_of(two.classifier.variables), strict=True)
    return {
        "apart": max(float(np.abs(first.astype(float) - second).max()) for first, second in pairs),
        "rows": [one.history.rows(), two.history.rows()],
    }


def refusal(case: str, **knobs: Any) -> str:
    """Return what a training on two devices is refused with."""
    try:
        trained(case, "mirrored", **knobs)
    except InputError as error:
        return str(error)
    return ""


def cut_off(folder: Path) -> dict[str, str]:
    """Return the digests of a training on two devices, whole and cut off twice."""
    whole = trained("everything", "mirrored")
    path = folder / "training.npz"
    for moment in ("epoch 1 batch 1", "epoch 3 begin"):
        try:
            trained("everything", "mirrored", path, moment)
        except CutOffError:
            continue
    return {
        "whole": training.digest(whole.classifier),
        "cut": training.digest(trained("everything", "mirrored", path).classifier),
    }


def stored(folder: Path) -> dict[str, Any]:
    """Save what was trained on two devices; return what kinds of variable it had."""
    model = trained("dropout", "mirrored", epochs=1).classifier
    save_model(model, folder / "classifier.keras")
    images = training.arrays().test_images[:3] / np.float32(255)
    np.save(folder / "images.npy", images)
    np.save(folder / "scores.npy", np.asarray(model(images, training=False)))
    return {"kinds": sorted({type(each.value).__name__ for each in model.variables})}


def main(folder: Path, names: list[str]) -> None:
    """Try what is named."""
    (processor,) = tf.config.list_physical_devices("CPU")
    tf.config.set_logical_device_configuration(processor, [tf.config.LogicalDeviceConfiguration()] * 2)
    parts: dict[str, Callable[[], Any]] = {
        # One batch of all images: one step.
        "step": lambda: compared("plain", epochs=1, batch_size=300),
        "epochs": lambda: compared("shifted"),
        "dropout": lambda: compared("dropout"),
        "everything": lambda: compared("everything"),
        # The last batch has one image, which leaves the second device none; three parts become four.
        "rest": lambda: compared("plain", batch_size=23, shards=3),
        "cut off": lambda: cut_off(folder),
        "stored": lambda: stored(folder),
        "normalization": lambda: refusal("normalized"),
        "batch": lambda: refusal("plain", batch_size=1),
    }
    (folder / "told.json").write_text(json.dumps({name: parts[name]() for name in names}))


if __name__ == "__main__":
    training.ARCHITECTURES["normalized"] = training.NORMALIZED
    main(Path(sys.argv[1]), sys.argv[2:])
