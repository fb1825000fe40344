"""Rules of the layers that keras.applications defines for itself; Keras has no public names for them."""

from importlib import import_module
from typing import Any

import keras

from fullconv.convert.rules.cells import training_only
from fullconv.convert.rules.joins import aligned, united
from fullconv.convert.rules.registry import check_last_axis, dtype_of, only, rule
from fullconv.convert.rules.rewriting import Rewriting
from fullconv.convert.rules.values import CELLS, Value


def _classes(module: str, name: str) -> tuple[type, ...]:
    """Return the class, or none where this version of Keras has no such layer."""
    try:
        return (getattr(import_module(f"keras.src.applications.{module}"), name),)
    except (ImportError, AttributeError):
        return ()


rule(*_classes("convnext", "StochasticDepth"))(training_only)


@rule(*_classes("convnext", "LayerScale"))
def layer_scale(rewrite: Rewriting, layer: Any, values: list[Value]) -> Value:
    """A learnt factor per channel (ConvNeXt) becomes a 1×1 depthwise convolution with the same weights."""
    value = only(layer, values, *CELLS)
    check_last_axis(layer, value)
    config = {"name": layer.name, "dtype": dtype_of(layer, value), "kernel_size": 1, "use_bias": False}
    weights = [weight.reshape(1, 1, -1, 1) for weight in rewrite.weights_of(layer)]
    return value.with_tensor(rewrite.call(layer, keras.layers.DepthwiseConv2D, config, weights, value.tensor))


@rule(*_classes("inception_resnet_v2", "CustomScaleLayer"))
def scaled_sum(rewrite: Rewriting, layer: Any, values: list[Value]) -> Value:
    """A sum whose second part is scaled (Inception-ResNet) becomes a rescaling and a sum."""
    parts = aligned(rewrite, layer, values)
    first, second = (part.tensor for part in parts)
    scale = rewrite.helper(keras.layers.Rescaling, layer, parts[1], "scale", {"scale": layer.scale})
    config = {"name": layer.name, "dtype": dtype_of(layer, parts[0])}
    return united(parts).with_tensor(rewrite.call(layer, keras.layers.Add, config, [], [first, scale(second)]))
