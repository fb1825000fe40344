"""Rules of layers that scale and shift: rescaling and normalization with fixed figures.

After Flatten each number may have a scale of its own. One cell of a conversion takes part in many windows, in
each at another place, so there such scales are left to the dense layer that follows.
"""

from dataclasses import replace
from typing import Any

import keras
import numpy as np

from fullconv.convert.rules.affine import affine_over
from fullconv.convert.rules.cells import along_channels, same
from fullconv.convert.rules.registry import only, refusal, rule
from fullconv.convert.rules.rewriting import Rewriting
from fullconv.convert.rules.values import CELLS, Kind, Value
from fullconv.convert.weights import moments


def per_channel(layer: Any, value: Value, constant: Any) -> Any:
    """Return a constant of the classifier as one number `()` or one per channel `(C,)`.

    Raises:
        InputError: it differs between places.
    """
    array = np.asarray(constant)
    if array.size == 1 and array.ndim <= value.rank:
        return array.reshape(())
    shape = (1,) * (value.rank - array.ndim) + array.shape
    others = [length for axis, length in enumerate(shape) if axis != value.channel_axis]
    if value.kind not in CELLS or len(shape) != value.rank or any(length != 1 for length in others):
        raise refusal(
            layer,
            f"has a constant of shape {array.shape} over a {value.kind.value}",
            "Give one number, or one per channel.",
        )
    return array.reshape(-1)


@rule(keras.layers.Rescaling)
def rescaling(rewrite: Rewriting, layer: Any, values: list[Value]) -> Value:
    """A rescaling stays; it may hold one number per channel."""
    value = only(layer, values, *Kind)
    parts = {"scale": np.asarray(layer.scale), "offset": np.asarray(layer.offset)}
    if value.kind is Kind.SCALED or (value.kind is Kind.FLAT and any(part.size > 1 for part in parts.values())):
        return _scaled(layer, value, parts["scale"], parts["offset"])
    parts = {key: per_channel(layer, value, part) for key, part in parts.items()}
    # Keras turns a list of scales round where it is set to channels first, but not one with three axes.
    changes = {key: part.reshape(1, 1, -1).tolist() for key, part in parts.items() if part.size > 1}
    return same(rewrite, layer, value, **changes)


def _scaled(layer: Any, value: Value, scale: Any, shift: Any) -> Value:
    length = value.grid[0] * value.grid[1] * value.channels
    try:
        new = affine_over(scale, shift, length)
    except ValueError as error:
        raise refusal(layer, f"does not fit {length} numbers ({error})", "Give one number for each.") from error
    return replace(value, kind=Kind.SCALED, affine=value.affine.then(new) if value.affine else new)


@rule(keras.layers.BatchNormalization)
def batch_normalization(rewrite: Rewriting, layer: Any, values: list[Value]) -> Value:
    """A batch normalization stays over the channels; after Flatten it is left to the dense layer."""
    value = only(layer, values, *Kind)
    if value.kind in CELLS:
        return along_channels(rewrite, layer, values)
    gamma, beta, mean, variance = (
        default if part is None else np.asarray(part, dtype=np.float64)
        for part, default in ((layer.gamma, 1), (layer.beta, 0), (layer.moving_mean, 0), (layer.moving_variance, 1))
    )
    scale = gamma / np.sqrt(variance + layer.epsilon)
    return _scaled(layer, value, scale, beta - mean * scale)


@rule(keras.layers.Normalization)
def normalization(rewrite: Rewriting, layer: Any, values: list[Value]) -> Value:
    """A normalization with fixed figures stays, for all channels alike or for each; after Flatten see above."""
    value = only(layer, values, *Kind)
    if value.kind not in CELLS:
        mean, variance = (np.asarray(part, dtype=np.float64) for part in moments(layer))
        deviation = np.maximum(np.sqrt(variance), keras.config.epsilon())
        return _scaled(layer, value, *((deviation, mean) if layer.invert else (1 / deviation, -mean / deviation)))
    if not all(value.is_channel_axis(axis) for axis in layer.axis):
        raise refusal(layer, f"has figures of its own along axes {layer.axis}", "Give one per channel, or one in all.")
    changes: dict[str, Any] = {"axis": [-1] if layer.axis else None}
    if not layer.get_weights():
        figures = (part.reshape(-1).tolist() if layer.axis else part.item() for part in moments(layer))
        changes |= dict(zip(("mean", "variance"), figures, strict=True))
    return same(rewrite, layer, value, **changes)
