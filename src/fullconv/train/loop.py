"""Training: a compiled epoch loop that is the same twice under a seed, driven as Keras drives its callbacks."""

import logging
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from fullconv.config.schema import AugmentConfig, TrainConfig
from fullconv.train.checks import check_config, check_finite, check_images, check_model, check_probabilities
from fullconv.train.history import Epoch, History
from fullconv.train.material import Material
from fullconv.train.passes import Sums, TrainingPass, ValidationPass
from fullconv.train.progress import EpochProgress

_log = logging.getLogger(__name__)
_ORDER, _SHIFT, _DROPOUT = range(3)  # what a random stream is for


def fit(
    model: Any,
    material: Material,
    validation_images: npt.NDArray[np.uint8],
    validation_labels: npt.NDArray[np.int32],
    config: TrainConfig,
    augment: AugmentConfig,
    seed: int,
    callbacks: Sequence[Any] = (),
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

    Args:
        model: one input `(N, H, W, C)`, class probabilities `(N, K)`; dropout is seeded anew from `seed`.
        material: what each epoch trains on.
        validation_images: pixels 0..255, `(N, H, W, C)`.
        validation_labels: class numbers `(N,)`.
        config: the optimization.
        augment: the second phase.
        seed: 0 or more; of order, shifts and dropout.
        callbacks: Keras callbacks.

    Raises:
        InputError: a knob, image, label or model that cannot be used, or a loss that is no longer finite.
    """
    check_config(config, augment, seed)
    check_model(model)
    windows = material.epoch(0)
    check_images("train", windows.images, windows.labels, model)
    check_images("validation", validation_images, validation_labels, model)
    check_probabilities(model, windows.images[:1])
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate(config, augment, len(windows.images))),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    model.optimizer.build(model.trainable_variables)
    model.stop_training = False
    _seed_dropout(model, seed)

    shards = usable_shards(model, config.shards)
    validation = ValidationPass(model, tf.constant(validation_images), tf.constant(validation_labels, tf.int32), shards)
    phases = [("plain", config.epochs, None), ("shift", augment.epochs, augment)]
    progress = EpochProgress()
    listeners = keras.callbacks.CallbackList(
        [progress, *callbacks],
        model=model,
        epochs=config.epochs + augment.epochs,
        steps=-(-len(windows.images) // config.batch_size),
        verbose=0,
    )
    history: list[Epoch] = []
    try:
        listeners.on_train_begin()
        for phase, epochs, shifts in phases:
            if epochs and not model.stop_training:
                training = TrainingPass(model, windows, config.batch_size, shards, shifts)
                numbers = range(len(history), len(history) + epochs)
                history += _run_phase(phase, numbers, material, training, validation, listeners, config.patience, seed)
        listeners.on_train_end(history[-1].logs())
    finally:
        progress.close()
    return History(tuple(history))


def learning_rate(config: TrainConfig, augment: AugmentConfig, images: int) -> Any:
    """Return the learning rate, or its course over all batches: `cosine` takes it down to 0 as half a wave."""
    if config.decay == "none":
        return config.learning_rate
    steps = (config.epochs + augment.epochs) * -(-images // config.batch_size)
    return keras.optimizers.schedules.CosineDecay(config.learning_rate, steps)


def usable_shards(model: Any, shards: int) -> int:
    """Return into how many parts a batch may be divided without changing the mathematics.

    Layers that take statistics of the whole batch, or update themselves once per call, need it whole.
    """
    whole = (keras.layers.BatchNormalization, keras.layers.SpectralNormalization)
    # Keras has no public walk that also enters wrappers and nested models.
    needing = [layer.name for layer in model._flatten_layers() if isinstance(layer, whole)]
    if needing and shards > 1:
        _log.info("layer %s needs whole batches: they are computed in one part, not %d.", needing[0], shards)
    return 1 if needing else shards


def epoch_order(images: int, number: int, seed: int) -> npt.NDArray[np.int32]:
    """Return the order `(N,)` in which epoch `number` (from 0) sees the images."""
    return _stream(seed, _ORDER, number).permutation(images).astype(np.int32)


def _stream(seed: int, purpose: int, index: int) -> np.random.Generator:
    return np.random.default_rng([seed, purpose, index])


def _seed_dropout(model: Any, seed: int) -> None:
    states = [variable for variable in model.variables if variable.name == "seed_generator_state"]
    for index, state in enumerate(states):
        state.assign(np.array([_stream(seed, _DROPOUT, index).integers(2**31), 0], state.dtype))


def _run_phase(
    phase: str,
    numbers: range,
    material: Material,
    training: TrainingPass,
    validation: ValidationPass,
    listeners: Any,
    patience: int,
    seed: int,
) -> list[Epoch]:
    model = listeners.model
    stopper = keras.callbacks.EarlyStopping("val_loss", mode="min", patience=patience, restore_best_weights=True)
    stopper.set_model(model)
    stopper.on_train_begin()
    done: list[Epoch] = []
    for number in numbers:
        training.exchange(material.epoch(number))
        logs = _run_epoch(number, training, validation, listeners, seed)
        done.append(Epoch(number + 1, phase, **logs))
        stopped = model.stop_training
        if patience:
            stopper.on_epoch_end(number, logs)
        if model.stop_training:
            # The stopper ends its phase only; any other callback ends the training.
            model.stop_training = stopped
            break
    if patience:
        stopper.on_train_end()
    return done


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
