"""The devices that train together: each computes some of a batch's parts with its own copy of the weights."""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import keras
import tensorflow as tf

from fullconv.errors import InputError

_log = logging.getLogger(__name__)
DISTRIBUTIONS = ("none", "mirrored")


def strategy_of(distribution: str) -> Any:
    """Return the strategy to build and train a classifier under: `none` is one device, `mirrored` all GPUs.

    Where there is but one device, `mirrored` is trained on that: the mathematics is the same. Devices are TensorFlow's
    logical ones, so that a GPU or a CPU that was divided counts as several. TensorFlow starts here.

    Raises:
        InputError: an unknown distribution.
    """
    if distribution not in DISTRIBUTIONS:
        raise InputError(
            "train.distribution", f"received {distribution!r}", f"Choose one of {', '.join(DISTRIBUTIONS)}."
        )
    if distribution == "mirrored":
        devices = [each.name for each in tf.config.list_logical_devices("GPU") or tf.config.list_logical_devices("CPU")]
        if len(devices) > 1:
            _log.info("trains on %d devices: %s", len(devices), ", ".join(devices))
            return _mirrored(tuple(devices))
        _log.warning(
            "train.distribution=mirrored: TensorFlow sees one device, %s. It trains alone: more slowly, to the same "
            "figures but for rounding.",
            devices[0],
        )
    return tf.distribute.get_strategy()


@cache
def _mirrored(devices: tuple[str, ...]) -> Any:
    # A second strategy on the same devices would number its reductions as the first did, and TensorFlow mix them up.
    return tf.distribute.MirroredStrategy(devices)


def replicas() -> int:
    """Return how many devices train together in the present scope."""
    return int(tf.distribute.get_strategy().num_replicas_in_sync)


def whole_batch_layer(model: Any) -> str | None:
    """Return the first layer that takes statistics of the whole batch, or updates itself once per call; or None."""
    whole = (keras.layers.BatchNormalization, keras.layers.SpectralNormalization)
    # Keras has no public walk that also enters wrappers and nested models.
    return next((str(layer.name) for layer in model._flatten_layers() if isinstance(layer, whole)), None)


def check_replicas(model: Any, batch_size: int) -> None:
    """Check that devices can share a batch.

    Raises:
        InputError: there are several, and a layer needs the whole batch, or a batch has fewer images than devices.
    """
    together, needing = replicas(), whole_batch_layer(model)
    if together > 1 and needing is not None:
        raise InputError(
            "train.distribution",
            f"mirrored, but layer {needing} takes its statistics of the whole batch",
            "Give train.distribution=none, or a model without such layers.",
        )
    if batch_size < together:
        raise InputError(
            "train.batch_size", f"received {batch_size} for {together} devices", f"Give {together} or more."
        )


def usable_shards(model: Any, shards: int) -> int:
    """Return into how many parts a batch may be divided without changing the mathematics; as many for each device.

    Layers that take statistics of the whole batch, or update themselves once per call, need it whole.
    """
    needing = whole_batch_layer(model)
    if needing is None:
        return -(-shards // replicas()) * replicas()
    if shards > 1:
        _log.info("layer %s needs whole batches: they are computed in one part, not %d.", needing, shards)
    return 1


def own_parts(shards: int) -> slice:
    """Return which of a batch's parts the present device computes; called in what `summed` runs."""
    each = shards // replicas()
    index = int(tf.get_static_value(tf.distribute.get_replica_context().replica_id_in_sync_group))
    return slice(index * each, (index + 1) * each)


@contextmanager
def dropout_of_parts(model: Any, own: slice, parts: int) -> Iterator[None]:
    """Let dropout draw in the `own` ones of a batch's `parts` what one device that computes all would draw in them."""
    first, last = (min(place, parts) for place in (own.start, own.stop))
    _advance(model, first)
    yield
    _advance(model, parts - last)


def dropout_states(model: Any) -> Iterable[Any]:
    """Return the variables `(2,)` that dropout draws from: a seed, and how often it has drawn."""
    return [variable for variable in model.variables if variable.name == "seed_generator_state"]


def _advance(model: Any, parts: int) -> None:
    for state in dropout_states(model) if parts else ():
        state.assign(state + tf.constant([0, parts], state.dtype))


def summed(work: Callable[..., tuple[Any, Any]], *given: Any) -> tuple[Any, Any]:
    """Return the sums over all devices of both values that `work(*given)` returns on each."""
    strategy = tf.distribute.get_strategy()
    first, second = (strategy.reduce("SUM", value, axis=None) for value in strategy.run(work, given))
    return first, second
