"""The rule of operators: functions of `keras.ops` and arithmetic signs used without a layer."""

from typing import Any

import keras
import numpy as np

from fullconv.convert.graph import Operator, Slot
from fullconv.convert.rules.joins import aligned, united
from fullconv.convert.rules.pools import pool_whole_map, window_pool
from fullconv.convert.rules.registry import only, refusal, rule
from fullconv.convert.rules.rewriting import Rewriting
from fullconv.convert.rules.scales import per_channel
from fullconv.convert.rules.values import CELLS, NUMBERS, Kind, Value

# Names in keras.ops of functions that compute each number alone.
ELEMENTWISE = {
    "abs",
    "absolute",
    "add",
    "cast",
    "ceil",
    "celu",
    "clip",
    "cos",
    "divide",
    "divide_no_nan",
    "elu",
    "erf",
    "exp",
    "expm1",
    "floor",
    "gelu",
    "hard_shrink",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "leaky_relu",
    "log",
    "log1p",
    "log_sigmoid",
    "maximum",
    "minimum",
    "multiply",
    "negative",
    "power",
    "reciprocal",
    "relu",
    "relu6",
    "round",
    "rsqrt",
    "selu",
    "sigmoid",
    "sign",
    "silu",
    "sin",
    "soft_shrink",
    "softplus",
    "softsign",
    "sparse_plus",
    "sqrt",
    "square",
    "squareplus",
    "subtract",
    "swish",
    "tanh",
    "tanh_shrink",
    "threshold",
    "true_divide",
}
ALONG_CHANNELS = {"log_softmax", "softmax"}


@rule(Operator)
def operator(rewrite: Rewriting, layer: Any, values: list[Value]) -> Value:
    """An operator that computes each number alone stays, with constants that are the same in every place."""
    if layer.function in ALONG_CHANNELS:
        return _along_channels(rewrite, layer, only(layer, values, *CELLS))
    if window_pool(layer) is not None:
        return _pool(rewrite, layer, only(layer, values, Kind.MAP, Kind.POOLED))
    if layer.function not in ELEMENTWISE:
        raise refusal(
            layer,
            f"the operator {layer.function} has no counterpart on a map of any size",
            "Do it before or after the model, or use a Keras layer that has a rule. Operators of single numbers, "
            "softmax over the channels, and mean or max over rows and columns are converted.",
        )
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


def _along_channels(rewrite: Rewriting, layer: Operator, value: Value) -> Value:
    if not value.is_channel_axis(layer.get_config()["axis"]):
        raise refusal(layer, f"acts along axis {layer.get_config()['axis']}", f"Use axis {value.channel_axis}.")
    return value.with_tensor(rewrite.operate(layer, [value.tensor], axis=-1))


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
