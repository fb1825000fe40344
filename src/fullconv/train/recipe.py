"""A classifier's whole training, from arrays to weights: what the stage and the sweep both run."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fullconv.config.schema import ClassifierConfig
from fullconv.data.arrays import Arrays
from fullconv.models.boxes import BoxRegression
from fullconv.models.build import build_classifier
from fullconv.train.checkpoint import Checkpoint, assign, values_of
from fullconv.train.history import History
from fullconv.train.identity import training_digest
from fullconv.train.lock import held
from fullconv.train.loop import fit
from fullconv.train.passes import scorer
from fullconv.train.replicas import replicas, strategy_of
from fullconv.train.sample import SAMPLE, Sample, counted
from fullconv.train.task import Look, task_of, with_windows_for
from fullconv.train.threads import configure_threads


@dataclass(frozen=True)
class Trained:
    """A classifier, its curves, what it scores at the end, and some of what it learnt from.

    `boxes` tell how large and long the objects of windows are, where it learnt from crops.
    """

    classifier: Any
    history: History
    metrics: dict[str, float | int]
    sample: Sample
    boxes: BoxRegression | None = None


def train_classifier(
    arrays: Arrays,
    config: ClassifierConfig,
    classes: Sequence[str],
    seed: int,
    callbacks: Sequence[Any] = (),
    checkpoint: Path | None = None,
    look: Look | None = None,
) -> Trained:
    """Build and train a classifier by its configuration; with a background class, that class is the last.

    With a `checkpoint`, a file, the training is kept there after every epoch, and goes on from there if it was cut
    off; of two processes at the same training the second waits for the first. Who has the outputs discards it.
    With a `look`, what the classifier finds in a data set's scenes is learnt from in later epochs.

    Raises:
        InputError: a key whose value cannot be trained with.
    """
    configure_threads(config.train.shards)
    config = with_windows_for(config, len(classes))
    outputs = len(classes) + int(config.background.learned)
    task = task_of(arrays, config, len(classes), seed)
    with ExitStack() as stack:
        stack.enter_context(strategy_of(config.train.distribution).scope())
        classifier = build_classifier(task.model, task.shape, outputs, seed)
        task.prepare(classifier)
        material = task.material(config, seed, classifier, look)
        keeping = None
        if checkpoint is not None:
            keeping = Checkpoint(checkpoint, training_digest(arrays, config, classes, seed))
            stack.enter_context(held(checkpoint.with_suffix(".lock")))
        history = fit(
            classifier,
            material,
            task.validation_images,
            task.validation_labels,
            config.train,
            config.augment,
            seed,
            callbacks,
            keeping,
        )
        together = replicas()
    if together > 1:
        mirrored, classifier = classifier, build_classifier(task.model, task.shape, outputs, seed)
        assign(classifier.variables, values_of(mirrored.variables))
    shown = material.sample(SAMPLE)
    sample = Sample(shown, scorer(classifier)(shown.images), counted(arrays.train_labels, classes))
    last = final_row(history, config.train.patience > 0)
    metrics = {
        **{key: float(last[key]) for key in ("loss", "accuracy", "val_loss", "val_accuracy")},
        "epochs": len(history.rows()),
        "parameters": int(classifier.count_params()),
    }
    return Trained(classifier, history, metrics, sample, task.boxes(classifier, config, seed))


def final_row(history: History, best_restored: bool) -> dict[str, Any]:
    """Return the epoch whose weights the classifier ends with."""
    rows = history.rows()
    if not best_restored:
        return rows[-1]
    # Early stopping restores the best epoch of the phase that ran last.
    last_phase = [row for row in rows if row["phase"] == rows[-1]["phase"]]
    return last_phase[int(np.argmin([row["val_loss"] for row in last_phase]))]
