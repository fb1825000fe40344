"""Rules of layers that compute each cell alone, and of those that join branches cell by cell."""

from functools import reduce
from typing import TYPE_CHECKING, Any

import keras

from fullconv.convert.rules import Kind, Value, only, refusal, rule

if TYPE_CHECKING:
    from fullconv.convert.rewrite import Rewrite

# Activations that look along the last axis: not cell by cell on a flattened map.
_ALONG_AXIS = {"softmax", "log_softmax", "sparsemax", "glu"}


@rule(
    keras.layers.Dropout,
    keras.layers.SpatialDropout2D,
    keras.layers.AlphaDropout,
    keras.layers.GaussianDropout,
    keras.layers.GaussianNoise,
    keras.layers.ActivityRegularization,
    keras.layers.RandomBrightness,
    keras.layers.RandomContrast,
    keras.layers.RandomFlip,
    keras.layers.RandomRotation,
    keras.layers.RandomTranslation,
    keras.layers.RandomZoom,
)
def training_only(rewrite: "Rewrite", layer: Any, values: list[Value]) -> Value:
    """A layer that only acts in training goes."""
    return only(layer, values)


def _same(rewrite: "Rewrite", layer: Any, value: Value) -> Value:
    tensor = rewrite.call(layer, type(layer), layer.get_config(), layer.get_weights(), value.tensor)
    return value.with_tensor(tensor)


@rule(keras.layers.ReLU, keras.layers.LeakyReLU, keras.layers.ELU)
def elementwise(rewrite: "Rewrite", layer: Any, values: list[Value]) -> Value:
    """A function of each number alone stays."""
    return _same(rewrite, layer, only(layer, values))


@rule(keras.layers.Rescaling)
def rescaling(rewrite: "Rewrite", layer: Any, values: list[Value]) -> Value:
    """A rescaling stays; it may hold one number per channel."""
    return _same(rewrite, layer, only(layer, values, Kind.MAP, Kind.POOLED, Kind.VECTOR))


@rule(keras.layers.Activation)
def activation(rewrite: "Rewrite", layer: Any, values: list[Value]) -> Value:
    """An activation stays; a softmax acts over the class axis."""
    value = only(layer, values)
    if value.kind is Kind.FLAT and str(layer.get_config()["activation"]) in _ALONG_AXIS:
        raise refusal(layer, "acts over a flattened map", "Put a dense layer before it.")
    return _same(rewrite, layer, value)


@rule(keras.layers.Softmax)
def softmax(rewrite: "Rewrite", layer: Any, values: list[Value]) -> Value:
    """A softmax stays, over the class axis."""
    value = only(layer, values, Kind.MAP, Kind.POOLED, Kind.VECTOR)
    last = 1 if value.kind is Kind.VECTOR else 3
    if layer.axis not in (-1, last):
        raise refusal(layer, f"acts over axis {layer.axis}", "Let it act over the last axis.")
    config = layer.get_config() | {"axis": -1}
    return value.with_tensor(rewrite.call(layer, type(layer), config, [], value.tensor))


@rule(keras.layers.BatchNormalization)
def batch_normalization(rewrite: "Rewrite", layer: Any, values: list[Value]) -> Value:
    """A batch normalization stays, over the channels."""
    value = only(layer, values, Kind.MAP, Kind.POOLED, Kind.VECTOR)
    last = 1 if value.kind is Kind.VECTOR else 3
    if layer.axis not in (-1, last):
        raise refusal(layer, f"normalizes axis {layer.axis}", "Let it normalize the last axis.")
    config = layer.get_config() | {"axis": -1}
    return value.with_tensor(rewrite.call(layer, type(layer), config, layer.get_weights(), value.tensor))


def _aligned(layer: Any, values: list[Value]) -> Value:
    """Return the geometry that branches share, on the first branch's tensor."""
    first = values[0]
    for value in values[1:]:
        if value.kind is not first.kind:
            raise refusal(
                layer,
                f"joins a {first.kind.value} and a {value.kind.value}",
                "A summary of the whole image inside the network has no counterpart in one cell: "
                "leave out squeeze-and-excitation and the like.",
            )
        if value.grid != first.grid or value.field.stride != first.field.stride:
            raise refusal(
                layer,
                f"joins {first.grid} cells at stride {first.field.stride} "
                f"and {value.grid} cells at stride {value.field.stride}",
                "Let every branch that it joins have the same stride.",
            )
    field = reduce(lambda left, right: left.united(right), (value.field for value in values))
    return Value(first.tensor, first.kind, first.grid, field)


@rule(
    keras.layers.Add,
    keras.layers.Average,
    keras.layers.Maximum,
    keras.layers.Minimum,
    keras.layers.Multiply,
    keras.layers.Subtract,
)
def join(rewrite: "Rewrite", layer: Any, values: list[Value]) -> Value:
    """Branches are joined number by number."""
    aligned = _aligned(layer, values)
    if len({value.channels for value in values}) > 1:
        raise refusal(layer, "joins branches with different numbers of channels", "Give them the same number.")
    tensors = [value.tensor for value in values]
    return aligned.with_tensor(rewrite.call(layer, type(layer), layer.get_config(), [], tensors))


@rule(keras.layers.Concatenate)
def concatenate(rewrite: "Rewrite", layer: Any, values: list[Value]) -> Value:
    """Branches are put one after another along the channels."""
    aligned = _aligned(layer, values)
    last = 1 if aligned.kind in (Kind.VECTOR, Kind.FLAT) else 3
    if aligned.kind is Kind.FLAT or layer.axis not in (-1, last):
        raise refusal(
            layer, f"joins {aligned.kind.value}s along axis {layer.axis}", "Join along the channels, before Flatten."
        )
    tensors = [value.tensor for value in values]
    config = layer.get_config() | {"axis": -1}
    return aligned.with_tensor(rewrite.call(layer, type(layer), config, [], tensors))
