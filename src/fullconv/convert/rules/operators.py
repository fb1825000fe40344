"""The rule of operators: functions of `keras.ops` and arithmetic signs used without a layer."""

from typing import Any

import keras
import numpy as np

from fullconv.convert.graph import Operator, Slot
from fullconv.convert.rules import per_pixel
from fullconv.convert.rules.joins import aligned, united
from fullconv.convert.rules.per_number import ELEMENTWISE
from fullconv.convert.rules.places import REARRANGING
from fullconv.convert.rules.pools import pool_whole_map, window_pool
from fullconv.convert.rules.rearranging import rearranged
from fullconv.convert.rules.registry import only, refusal, rule
from fullconv.convert.rules.rewriting import Rewriting
from fullconv.convert.rules.scales import per_channel
from fullconv.convert.rules.values import CELLS, NUMBERS, Kind, Value

_LAYERS = {
    "average_pool": "keras.layers.AveragePooling2D",
    "batch_normalization": "keras.layers.BatchNormalization",
    "conv": "keras.layers.Conv2D",
    "depthwise_conv": "keras.layers.DepthwiseConv2D",
    "layer_normalization": "keras.layers.LayerNormalization",
    "max_pool": "keras.layers.MaxPooling2D",
    "pad": "keras.layers.ZeroPadding2D",
    "separable_conv": "keras.layers.SeparableConv2D",
}


@rule(Operator)
def operator(rewrite: Rewriting, layer: Any, values: list[Value]) -> Value | list[Value]:
    """An operator stays that computes each number or each cell alone; what only moves numbers is read as such."""
    function = layer.function
    if function in REARRANGING:
        return rearranged(rewrite, layer, values)
    if function in per_pixel.ALONG_CHANNELS:
        return per_pixel.along_channels(rewrite, layer, values)
    if function in per_pixel.PRODUCTS and len(values) == 1:
        return per_pixel.product(rewrite, layer, values)
    if function in per_pixel.COLOURS:
        return per_pixel.colours(rewrite, layer, values)
    if per_pixel.is_over_channels(layer, values[0]):
        return per_pixel.over_channels(rewrite, layer, only(layer, values, *CELLS))
    if window_pool(layer) is not None:
        return _pool(rewrite, layer, only(layer, values, Kind.MAP, Kind.POOLED))
    if function not in ELEMENTWISE:
        raise _unknown(layer)
    return _per_number(rewrite, layer, values)


def _unknown(layer: Operator) -> Exception:
    reason = f"the operator {layer.function} has no counterpart on a map of any size"
    if layer.function in _LAYERS:
        return refusal(layer, reason, f"Use {_LAYERS[layer.function]}, which has a rule.")
    return refusal(
        layer,
        reason,
        "Do it before or after the model. Operators of single numbers, of each cell's channels (softmax, sums, "
        "products with a matrix), moves of channels, and mean or max over rows and columns are converted.",
    )


def _per_number(rewrite: Rewriting, layer: Operator, values: list[Value]) -> Value:
    _check_settings(layer)
    parts = aligned(rewrite, layer, values) if len(values) > 1 else [only(layer, values, *NUMBERS)]
    if len({value.rank for value in values}) > 1:
        raise refusal(layer, "joins a vector and a map", "Reshape the vector to (1, 1, channels).")
    whole = united(parts)
    arguments = [
        parts[place.number].tensor if isinstance(place, Slot) else _constant(layer, whole, place)
        for place in layer.arguments
    ]
    return whole.with_tensor(rewrite.operate(layer, arguments))


def _pool(rewrite: Rewriting, layer: Operator, value: Value) -> Value:
    config = layer.get_config()
    if {axis % value.rank for axis in config["axis"]} != set(value.spatial_axes) or config.get("initial") is not None:
        raise refusal(layer, f"{layer.function} over axes {config['axis']}", f"Use axes {value.spatial_axes}.")
    return pool_whole_map(rewrite, layer, value, bool(config["keepdims"]))


def _check_settings(layer: Operator) -> None:
    for key, setting in layer.get_config().items():
        if np.ndim(setting) > 0:
            raise refusal(layer, f"has several numbers as its {key}", "Give one number.")


def _constant(layer: Operator, value: Value, constant: Any) -> Any:
    if constant is None or isinstance(constant, bool | int | float | str):
        return constant
    if isinstance(constant, keras.Variable) or not (
        isinstance(constant, np.ndarray | np.generic) or keras.ops.is_tensor(constant)
    ):
        raise refusal(layer, f"reads a {type(constant).__name__} beside its tensors", "Give numbers, not variables.")
    return per_channel(layer, value, keras.ops.convert_to_numpy(constant))
