"""A classifier's whole training, from arrays to weights: what the stage and the sweep both run."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fullconv.config.schema import BackgroundConfig, ClassifierConfig
from fullconv.data.arrays import Arrays
from fullconv.data.backgrounds import with_background
from fullconv.data.windows import WindowSource
from fullconv.models.build import build_classifier
from fullconv.train.history import History
from fullconv.train.loop import fit
from fullconv.train.material import Drawn, Fixed, Material
from fullconv.train.passes import scorer
from fullconv.train.threads import configure_threads


@dataclass(frozen=True)
class Trained:
    """A classifier, its curves, and what it scores at the end."""

    classifier: Any
    history: History
    metrics: dict[str, float | int]


def train_classifier(
    arrays: Arrays, config: ClassifierConfig, classes: Sequence[str], seed: int, callbacks: Sequence[Any] = ()
) -> Trained:
    """Build and train a classifier by its configuration; with a background class, that class is the last.

    Raises:
        InputError: a key whose value cannot be trained with.
    """
    configure_threads(config.train.shards)
    outputs = len(classes) + int(config.background.learned)
    data = with_background(arrays, config.background, len(classes), seed)
    height, width, channels = data.train_images.shape[1:]
    classifier = build_classifier(config.model, (height, width, channels), outputs, seed)
    material = _material(data, config.background, seed, classifier)
    history = fit(
        classifier,
        material,
        data.test_images,
        data.test_labels,
        config.train,
        config.augment,
        seed,
        callbacks,
    )
    last = final_row(history, config.train.patience > 0)
    metrics = {
        **{key: float(last[key]) for key in ("loss", "accuracy", "val_loss", "val_accuracy")},
        "epochs": len(history.rows()),
        "parameters": int(classifier.count_params()),
    }
    return Trained(classifier, history, metrics)


def _material(data: Arrays, config: BackgroundConfig, seed: int, classifier: Any) -> Material:
    if not config.windows:
        return Fixed(data.train_images, data.train_labels)
    source = WindowSource(data.train_images, data.train_labels, config)
    return Drawn(source, config, seed, scorer(classifier))


def final_row(history: History, best_restored: bool) -> dict[str, Any]:
    """Return the epoch whose weights the classifier ends with."""
    rows = history.rows()
    if not best_restored:
        return rows[-1]
    # Early stopping restores the best epoch of the phase that ran last.
    last_phase = [row for row in rows if row["phase"] == rows[-1]["phase"]]
    return last_phase[int(np.argmin([row["val_loss"] for row in last_phase]))]
