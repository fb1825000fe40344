"""Training: a compiled epoch loop that is the same twice under a seed, driven as Keras drives its callbacks."""

import logging
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from fullconv.config.schema import AugmentConfig, TrainConfig
from fullconv.train.checkpoint import Checkpoint, State, assign, values_of
from fullconv.train.checks import check_config, check_finite, check_images, check_model, check_probabilities
from fullconv.train.history import Epoch, History
from fullconv.train.material import Material
from fullconv.train.passes import Sums, TrainingPass, ValidationPass
from fullconv.train.patience import Patience
from fullconv.train.progress import EpochProgress
from fullconv.train.replicas import check_replicas, dropout_states, usable_shards

_log = logging.getLogger(__name__)
_ORDER, _SHIFT, _DROPOUT = range(3)  # what a random stream is for
_PHASES = 2  # plain, shift


def fit(
    model: Any,
    material: Material,
    validation_images: npt.NDArray[np.uint8],
    validation_labels: npt.NDArray[np.int32],
    config: TrainConfig,
    augment: AugmentConfig,
    seed: int,
    callbacks: Sequence[Any] = (),
    checkpoint: Checkpoint | None = None,
) -> History:
    """Train a classifier in place: `config.epochs` on the images as they are, then `augment.epochs` on shifted ones.

    The mathematics is that of `model.fit` with Adam and sparse categorical cross-entropy, on pixels scaled to 0..1:
    a new order each epoch, the last smaller batch included, accuracy and loss as means over the epoch's images.
    The optimizer's state runs on from the first phase into the second. The model is compiled here; weights are its
    own. Where the threads are those of `configure_threads`, the same seed gives the same weights, bit for bit.

    With `config.patience` a phase ends when the validation loss has not fallen for that many epochs, and the phase's
    best weights are restored. Each phase counts for itself: shifted images are harder, so a validation loss that
    rises when they come would otherwise end the second phase at once.

    Callbacks hear what `model.fit` with `steps_per_execution` tells them: epochs from 0 through both phases, batches
    about ten times an epoch. A callback that sets `model.stop_training` ends the whole training.

    With a `checkpoint` the training is kept after every epoch, and goes on after the last one that was kept: with the
    same weights and history as if nothing had come between. Callbacks hear of the epochs that are still to come only.

    Called in the scope of a `tf.distribute.MirroredStrategy` that the model was made in, it trains on all its devices:
    each computes its parts of every batch, their gradients are added.

    Args:
        model: one input `(N, H, W, C)`, class probabilities `(N, K)`; dropout is seeded anew from `seed`.
        material: what each epoch trains on.
        validation_images: pixels 0..255, `(N, H, W, C)`.
        validation_labels: class numbers `(N,)`.
        config: the optimization.
        augment: the second phase.
        seed: 0 or more; of order, shifts and dropout.
        callbacks: Keras callbacks.
        checkpoint: where the training is kept while it runs; None: nowhere.

    Raises:
        InputError: a knob, image, label or model that cannot be used, or a loss that is no longer finite.
    """
    check_config(config, augment, seed)
    check_model(model)
    check_replicas(model, config.batch_size)
    model.stop_training = False
    _seed_dropout(model, seed)
    state = None if checkpoint is None else checkpoint.read()
    if state is not None:
        assign(model.variables, state.model)
    windows = material.epoch(len(state.epochs) if state is not None and state.phases < _PHASES else 0)
    check_images("train", windows.images, windows.labels, model)
    check_images("validation", validation_images, validation_labels, model)
    check_probabilities(model, windows.images[:1])
    model.compile(
        # Named, as Keras would number it by what this process trained before, in the file as well.
        optimizer=keras.optimizers.Adam(learning_rate(config, augment, len(windows.images)), name="adam"),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    model.optimizer.build(model.trainable_variables)
    epochs = config.epochs + augment.epochs
    if state is None:
        state = State((), 0, Patience(config.patience), [], [])
    elif checkpoint is not None:
        assign(model.optimizer.variables, state.optimizer)
        _log.info("goes on after epoch %d/%d (checkpoint %s)", len(state.epochs), epochs, checkpoint.path)

    shards = usable_shards(model, config.shards)
    validation = ValidationPass(model, tf.constant(validation_images), tf.constant(validation_labels, tf.int32), shards)
    progress = EpochProgress()
    listeners = keras.callbacks.CallbackList(
        [progress, *callbacks],
        model=model,
        epochs=epochs,
        steps=-(-len(windows.images) // config.batch_size),
        verbose=0,
    )
    course = _Course(state, material, validation, listeners, seed, checkpoint)
    phases = [("plain", config.epochs, None), ("shift", augment.epochs, augment)]
    try:
        listeners.on_train_begin()
        for index, (phase, count, shifts) in enumerate(phases):
            if count and index >= course.phases:
                training = TrainingPass(model, windows, config.batch_size, shards, shifts)
                course.run(index, phase, count, training)
        listeners.on_train_end(course.epochs[-1].logs())
    finally:
        progress.close()
    return History(tuple(course.epochs))


def learning_rate(config: TrainConfig, augment: AugmentConfig, images: int) -> Any:
    """Return the learning rate, or its course over all batches: `cosine` takes it down to 0 as half a wave."""
    if config.decay == "none":
        return config.learning_rate
    steps = (config.epochs + augment.epochs) * -(-images // config.batch_size)
    return keras.optimizers.schedules.CosineDecay(config.learning_rate, steps)


def epoch_order(images: int, number: int, seed: int) -> npt.NDArray[np.int32]:
    """Return the order `(N,)` in which epoch `number` (from 0) sees the images."""
    return _stream(seed, _ORDER, number).permutation(images).astype(np.int32)


def _stream(seed: int, purpose: int, index: int) -> np.random.Generator:
    return np.random.default_rng([seed, purpose, index])


def _seed_dropout(model: Any, seed: int) -> None:
    for index, state in enumerate(dropout_states(model)):
        state.assign(np.array([_stream(seed, _DROPOUT, index).integers(2**31), 0], state.dtype))


class _Course:
    """A training on its way from epoch to epoch, kept after each."""

    def __init__(
        self,
        state: State,
        material: Material,
        validation: ValidationPass,
        listeners: Any,
        seed: int,
        checkpoint: Checkpoint | None,
    ) -> None:
        """Begin where `state` is; the listeners' model is there already."""
        self.epochs, self.phases, self._patience = list(state.epochs), state.phases, state.patience
        self._material, self._validation, self._listeners = material, validation, listeners
        self._seed, self._checkpoint = seed, checkpoint

    def run(self, index: int, phase: str, count: int, training: TrainingPass) -> None:
        """Run what is left of a phase of `count` epochs."""
        model = self._listeners.model
        last = sum(epoch.phase != phase for epoch in self.epochs) + count - 1
        for number in range(len(self.epochs), last + 1):
            training.exchange(self._material.epoch(number))
            logs = _run_epoch(number, training, self._validation, self._listeners, self._seed)
            self.epochs.append(Epoch(number + 1, phase, **logs))
            over = self._patience.ends(model, logs["val_loss"]) or model.stop_training or number == last
            if over:
                self._patience.close(model)
                # A phase ends by itself or by patience; a callback ends the training.
                self.phases = _PHASES if model.stop_training else index + 1
            self._keep(model)
            if over:
                return

    def _keep(self, model: Any) -> None:
        if self._checkpoint is not None:
            variables = values_of(model.variables), values_of(model.optimizer.variables)
            self._checkpoint.write(State(tuple(self.epochs), self.phases, self._patience, *variables))


def _run_epoch(
    number: int, training: TrainingPass, validation: ValidationPass, listeners: Any, seed: int
) -> dict[str, float]:
    order = epoch_order(training.images, number, seed)
    key = int(_stream(seed, _SHIFT, number).integers(2**31))
    listeners.on_epoch_begin(number)
    total = Sums()
    batch = 0
    listeners.on_train_batch_begin(batch)
    for batch, sums in training.run(order, key):
        total = total.plus(sums)
        listeners.on_train_batch_end(batch, total.logs())
        if listeners.model.stop_training:
            break
        if batch + 1 < training.steps:
            listeners.on_train_batch_begin(batch + 1)
    listeners.on_test_begin()
    tested = validation.run()
    listeners.on_test_end(tested.logs())
    logs = {**total.logs(), **tested.logs("val_")}
    check_finite(logs, number)
    listeners.on_epoch_end(number, logs)
    return logs
