"""Compiled passes over resident images: many batches in one call, each batch in parts side by side."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from fullconv.config.cores import usable_threads
from fullconv.config.schema import AugmentConfig
from fullconv.data.windows.windows import Windows
from fullconv.train.replicas import dropout_of_parts, own_parts, summed
from fullconv.train.shift import draw_shifts, shifted

CHUNKS = 10  # calls per pass, so that progress can be seen and an interruption is answered
_TEST_BATCH = 500  # images; large enough to be quick, small enough to stay in the cache


@dataclass(frozen=True)
class Sums:
    """Loss and right answers, summed over images."""

    loss: float = 0.0
    right: int = 0
    images: int = 0

    def plus(self, other: "Sums") -> "Sums":
        """Return the sums over both."""
        return Sums(self.loss + other.loss, self.right + other.right, self.images + other.images)

    def logs(self, prefix: str = "") -> dict[str, float]:
        """Return mean loss and accuracy, named as Keras names them."""
        return {f"{prefix}loss": self.loss / self.images, f"{prefix}accuracy": self.right / self.images}


def part_sizes(size: int, shards: int) -> list[int]:
    """Return the sizes of a batch's parts: as even as can be, none empty."""
    parts = min(size, shards)
    return [size // parts + (part < size % parts) for part in range(parts)]


def pieces(images: int, size: int, chunks: int) -> Iterator[tuple[int, int, int]]:
    """Yield `(first batch, batches, batch size)` of the calls that make a pass.

    The last, smaller batch comes alone: every call has batches of one size, known when it is compiled.
    """
    full, rest = divmod(images, size)
    step = max(1, -(-full // chunks))
    for first in range(0, full, step):
        yield first, min(step, full - first), size
    if rest:
        yield full, 1, rest


def _scaled(images: Any) -> Any:
    return tf.cast(images, tf.float32) * (1 / 255)


def _measured(labels: Any, scores: Any, certainty: Any = None) -> tuple[Any, Any]:
    """Return the summed cross-entropy and the right answers; what `certainty` leaves open is the last class's."""
    losses = keras.losses.sparse_categorical_crossentropy(labels, scores)
    if certainty is not None:
        last = tf.fill(tf.shape(labels), scores.shape[-1] - 1)
        losses = certainty * losses + (1 - certainty) * keras.losses.sparse_categorical_crossentropy(last, scores)
        labels = tf.where(certainty >= 0.5, labels, last)
    right = tf.equal(tf.argmax(scores, 1, output_type=tf.int32), labels)
    return tf.reduce_sum(losses), tf.reduce_sum(tf.cast(right, tf.int64))


def _summed(gradients: tuple[Any, ...]) -> Any:
    return None if gradients[0] is None else tf.add_n([tf.convert_to_tensor(gradient) for gradient in gradients])


def _summed_over(steps: Any, batch: Callable[[Any], tuple[Any, Any]]) -> tuple[Any, Any]:
    """Return loss and right answers summed over `batch(0)`, `batch(1)`, …, inside the graph.

    A loop of TensorFlow's own: rewriting a Python `for` (AutoGraph) warns on Python 3.13.
    """

    def body(index: Any, loss: Any, right: Any) -> tuple[Any, Any, Any]:
        more_loss, more_right = batch(index)
        return index + 1, loss + more_loss, right + more_right

    nothing = (tf.constant(0), tf.zeros((), tf.float64), tf.zeros((), tf.int64))
    _, loss, right = tf.while_loop(lambda index, *_: index < steps, body, nothing)
    return loss, right


def _training_call(
    model: Any, held: Sequence[Any], size: int, shards: int, augment: AugmentConfig | None
) -> Callable[..., Any]:
    images, labels, certainty = held
    height, width = images.shape[1:3]
    optimizer, variables = model.optimizer, model.trainable_variables
    sizes = part_sizes(size, shards)

    def part(rows: Any, moves: Any, share: float) -> tuple[Any, Any, Any]:
        chosen, truth = _scaled(tf.gather(images, rows)), tf.gather(labels, rows)
        sure = None if certainty is None else tf.gather(certainty, rows)
        if augment is not None:
            chosen = shifted(chosen, moves, augment.fill)
        with tf.GradientTape() as tape:
            scores = tf.cast(model(chosen, training=True), tf.float32)
            loss, right = _measured(truth, scores, sure)
            loss = loss / size
            # Regularizers count once per batch: each part carries its share of them.
            if model.losses:
                loss += tf.add_n(model.losses) * share
            scaled = optimizer.scale_loss(loss)
        return loss, right, tape.gradient(scaled, variables)

    def step(rows: Any, seed: Any) -> tuple[Any, Any]:
        moves: Any = tf.zeros((size, 2)) if augment is None else draw_shifts(size, height, width, augment.shift, seed)
        own = own_parts(shards)
        split = list(zip(tf.split(rows, sizes), tf.split(moves, sizes), sizes, strict=True))
        with dropout_of_parts(model, own, len(sizes)):
            computed = [part(r, m, n / size) for r, m, n in split[own]]
        if not computed:  # the last batch has fewer images than there are devices
            optimizer.apply([tf.zeros_like(variable) for variable in variables], variables)
            return tf.zeros((), tf.float64), tf.zeros((), tf.int64)
        losses, rights, gradients = zip(*computed, strict=True)
        optimizer.apply([_summed(each) for each in zip(*gradients, strict=True)], variables)
        return tf.cast(tf.add_n(losses), tf.float64) * size, tf.add_n(rights)

    def call(order: Any, start: Any, steps: Any, key: Any) -> tuple[Any, Any]:
        def batch(index: Any) -> tuple[Any, Any]:
            at = start + index * size
            return summed(step, tf.slice(order, [at], [size]), tf.stack([key, at]))

        return _summed_over(steps, batch)

    scalar = tf.TensorSpec((), tf.int32)
    compiled: Callable[..., Any] = tf.function(
        call, input_signature=[tf.TensorSpec((None,), tf.int32), *[scalar] * 3], autograph=False
    )
    return compiled


def _testing_call(model: Any, images: Any, labels: Any, size: int, shards: int) -> Callable[..., Any]:
    sizes = part_sizes(size, shards)

    def part(chosen: Any, truth: Any) -> tuple[Any, Any]:
        loss, right = _measured(truth, tf.cast(model(_scaled(chosen), training=False), tf.float32))
        if model.losses:
            # As in Keras, a validation loss holds the regularizers too.
            loss += tf.add_n(model.losses) * tf.cast(tf.shape(chosen)[0], tf.float32)
        return loss, right

    def step(chosen: Any, truth: Any) -> tuple[Any, Any]:
        split = list(zip(tf.split(chosen, sizes), tf.split(truth, sizes), strict=True))
        computed = [part(c, t) for c, t in split[own_parts(shards)]]
        if not computed:
            return tf.zeros((), tf.float64), tf.zeros((), tf.int64)
        losses, rights = zip(*computed, strict=True)
        return tf.cast(tf.add_n(losses), tf.float64), tf.add_n(rights)

    def call(start: Any, steps: Any) -> tuple[Any, Any]:
        def batch(index: Any) -> tuple[Any, Any]:
            at = start + index * size
            return summed(step, images[at : at + size], labels[at : at + size])

        return _summed_over(steps, batch)

    compiled: Callable[..., Any] = tf.function(call, input_signature=[tf.TensorSpec((), tf.int32)] * 2, autograph=False)
    return compiled


def _parts(windows: Windows) -> tuple[Any, ...]:
    return windows.images, windows.labels, windows.certainty


class TrainingPass:
    """Epochs over training images `(N, H, W, C)`, compiled once per batch size; the images may be exchanged."""

    def __init__(self, model: Any, windows: Windows, size: int, shards: int, augment: AugmentConfig | None) -> None:
        """Prepare batches of `size`, each in `shards` parts; with `augment`, shifted."""
        self.images, self.size = len(windows.images), size
        self.steps = -(-self.images // size)  # batches per epoch
        self._windows = windows
        self._held = [None if one is None else tf.Variable(one, trainable=False) for one in _parts(windows)]
        self._calls = {
            each: _training_call(model, self._held, each, shards, augment)
            for each in {size for _, _, size in pieces(self.images, size, 1)}
        }

    def exchange(self, windows: Windows) -> None:
        """Train on these from now on; as many, of the same size."""
        if windows is not self._windows:
            self._windows = windows
            for held, new in zip(self._held, _parts(windows), strict=True):
                if held is not None:
                    held.assign(new)

    def run(self, order: npt.NDArray[np.int32], key: int) -> Iterator[tuple[int, Sums]]:
        """Train one epoch in `order` `(N,)`; yield the last batch's number and its call's sums."""
        rows = tf.constant(order, tf.int32)
        for first, count, size in pieces(self.images, self.size, CHUNKS):
            loss, right = self._calls[size](rows, first * self.size, count, key)
            yield first + count - 1, Sums(float(loss), int(right), count * size)


def scorer(model: Any) -> Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]]:
    """Return a function that gives the class probabilities `(N, K)` of images `(N, H, W, C)`, 0..255."""
    image = tf.TensorSpec((None, *model.input_shape[1:]), tf.uint8)
    compiled: Any = tf.function(
        lambda part: model(_scaled(part), training=False), input_signature=[image], autograph=False
    )
    scored = compiled.get_concrete_function()

    def score(images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        parts = [images[start : start + _TEST_BATCH] for start in range(0, max(1, len(images)), _TEST_BATCH)]
        # Operations have one thread each while a network trains (`configure_threads`): parts go side by side.
        with ThreadPoolExecutor(usable_threads()) as threads:
            return np.concatenate(list(threads.map(lambda part: scored(tf.constant(part)).numpy(), parts)))

    return score


class ValidationPass:
    """Passes over validation images `(N, H, W, C)` without training."""

    def __init__(self, model: Any, images: Any, labels: Any, shards: int) -> None:
        """Prepare batches, each in `shards` parts."""
        self.images = len(images)
        self._calls = {
            each: _testing_call(model, images, labels, each, shards)
            for each in {size for _, _, size in pieces(self.images, _TEST_BATCH, 1)}
        }

    def run(self) -> Sums:
        """Return the sums over all images."""
        total = Sums()
        for first, count, size in pieces(self.images, _TEST_BATCH, 1):
            loss, right = self._calls[size](first * _TEST_BATCH, count)
            total = total.plus(Sums(float(loss), int(right), count * size))
        return total
