"""Rules of layers that compute each number, or each cell, alone."""

from typing import Any

import keras

from fullconv.convert.rules.registry import check_last_axis, only, refusal, rule
from fullconv.convert.rules.rewriting import Rewriting
from fullconv.convert.rules.values import CELLS, NUMBERS, Kind, Value

# Activations that look along the last axis.
_ALONG_AXIS = {"softmax", "log_softmax", "sparsemax", "glu"}


# Layers that only act in training; some came with later versions of Keras than the oldest that will do.
_TRAINING_ONLY = (
    "ActivityRegularization",
    "AlphaDropout",
    "AugMix",
    "Dropout",
    "GaussianDropout",
    "GaussianNoise",
    "RandAugment",
    "RandomBrightness",
    "RandomColorDegeneration",
    "RandomColorJitter",
    "RandomContrast",
    "RandomElasticTransform",
    "RandomErasing",
    "RandomFlip",
    "RandomGaussianBlur",
    "RandomGrayscale",
    "RandomHue",
    "RandomInvert",
    "RandomPerspective",
    "RandomPosterization",
    "RandomRotation",
    "RandomSaturation",
    "RandomSharpness",
    "RandomShear",
    "RandomTranslation",
    "RandomZoom",
    "SpatialDropout2D",
)
TRAINING_ONLY = tuple(getattr(keras.layers, name) for name in _TRAINING_ONLY if hasattr(keras.layers, name))


@rule(keras.layers.Identity, *TRAINING_ONLY)
def training_only(rewrite: Rewriting, layer: Any, values: list[Value]) -> Value:
    """A layer that does nothing in prediction goes."""
    return only(layer, values)


def same(rewrite: Rewriting, layer: Any, value: Value, **changes: Any) -> Value:
    """Return what a layer gives that stays as it is but for some of its configuration."""
    config = layer.get_config() | changes
    return value.with_tensor(rewrite.call(layer, type(layer), config, rewrite.weights_of(layer), value.tensor))


@rule(keras.layers.ReLU, keras.layers.LeakyReLU, keras.layers.ELU)
def elementwise(rewrite: Rewriting, layer: Any, values: list[Value]) -> Value:
    """A function of each number alone stays."""
    return same(rewrite, layer, only(layer, values, *NUMBERS))


@rule(keras.layers.Activation)
def activation(rewrite: Rewriting, layer: Any, values: list[Value]) -> Value:
    """An activation stays; a softmax acts over the class axis."""
    return same(rewrite, layer, only(layer, values, *NUMBERS))


def check_activation(layer: Any, value: Value) -> None:
    """Raise InputError if a layer's activation is not Keras' own, or looks along another axis than the channels."""
    function = getattr(layer, "activation", None)
    if function is None:
        return
    name = getattr(function, "__name__", "")
    if getattr(keras.activations, name, None) is not function:
        # It may look along an axis that is another one in a map.
        raise refusal(layer, "has an activation that is not Keras' own", "Use one that Keras knows by name.")
    # A dense layer has made a vector of a flattened map by then.
    if name in _ALONG_AXIS and not isinstance(layer, keras.layers.Dense):
        if value.rank == 2 and value.kind is not Kind.VECTOR:
            raise refusal(layer, f"{name} acts over a {value.kind.value}", "Put a dense layer before it.")
        check_last_axis(layer, value)


def along_channels(rewrite: Rewriting, layer: Any, values: list[Value]) -> Value:
    """A layer over the channels stays; in the conversion they are on the last axis."""
    value = only(layer, values, *CELLS)
    if not value.is_channel_axis(layer.axis):
        raise refusal(
            layer,
            f"acts along axis {layer.axis}, not the channels (axis {value.channel_axis})",
            f"Let it act along axis {value.channel_axis}; over rows or columns one cell has no counterpart.",
        )
    return same(rewrite, layer, value, axis=-1)


rule(
    keras.layers.Softmax,
    keras.layers.BatchNormalization,
    keras.layers.LayerNormalization,
    keras.layers.RMSNormalization,
    keras.layers.UnitNormalization,
)(along_channels)


@rule(keras.layers.PReLU)
def prelu(rewrite: Rewriting, layer: Any, values: list[Value]) -> Value:
    """A learnt slope stays if it is the same in every place; it may differ between channels."""
    value = only(layer, values, *NUMBERS)
    alpha = layer.get_weights()[0]
    per_channel = value.kind in CELLS and alpha.size == value.channels
    if alpha.size != 1 and (not per_channel or alpha.shape[value.channel_axis - 1] != value.channels):
        raise refusal(layer, f"has a slope of its own in each place {alpha.shape}", "Share it: shared_axes=[1, 2].")
    shared = [1, 2] if per_channel else [1, 2, 3]
    config = layer.get_config() | {"shared_axes": shared}
    return value.with_tensor(rewrite.call(layer, type(layer), config, [alpha.reshape(1, 1, -1)], value.tensor))
