"""Operators between layers of Keras 2, such as `x / 127.5`, → the same on a Keras 3 tensor."""

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from fullconv.models.files.refused.refusal import RefusalError, short


def _keras(name: str) -> Callable[..., Any]:
    def call(*values: Any, **options: Any) -> Any:
        import keras

        return getattr(keras.ops, name)(*values, **options)

    return call


def _clipped(value: Any, clip_value_min: float, clip_value_max: float) -> Any:
    import keras

    return keras.ops.clip(value, clip_value_min, clip_value_max)


def _same(value: Any, *_: Any, **__: Any) -> Any:
    return value


def _mean(value: Any, axis: Any = None, keepdims: bool = False) -> Any:
    import keras

    return keras.ops.mean(value, axis=axis, keepdims=keepdims)


def _concatenated(values: Any, axis: int = -1) -> Any:
    import keras

    return keras.layers.Concatenate(axis=axis)(values)


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "math.truediv": operator.truediv,
    "math.divide": operator.truediv,
    "realdiv": operator.truediv,
    "math.add": operator.add,
    "__operators__.add": operator.add,
    "addv2": operator.add,
    "add": operator.add,
    "nn.bias_add": operator.add,
    "biasadd": operator.add,
    "math.subtract": operator.sub,
    "sub": operator.sub,
    "math.multiply": operator.mul,
    "mul": operator.mul,
    "multiply": operator.mul,
    "subtract": operator.sub,
    "math.negative": operator.neg,
    "nn.relu": _keras("relu"),
    "relu": _keras("relu"),
    "nn.relu6": _keras("relu6"),
    "relu6": _keras("relu6"),
    "nn.softmax": _keras("softmax"),
    "nn.silu": _keras("silu"),
    "nn.swish": _keras("silu"),
    "nn.elu": _keras("elu"),
    "math.sigmoid": _keras("sigmoid"),
    "nn.sigmoid": _keras("sigmoid"),
    "math.tanh": _keras("tanh"),
    "math.reduce_mean": _mean,
    "clip_by_value": _clipped,
    "cast": _same,
    "identity": _same,
    "concat": _concatenated,
    "stop_gradient": _same,
}
_IGNORED = ("name", "data_format")
_REPLACE = "Build the network with a layer of Keras in its place, load_weights of this file into it, and save that."
_GETITEM = "__operators__.getitem"


def _array(value: Any) -> Any:
    """Return a list of numbers, such as means of channels, as an array."""
    plain = isinstance(value, list) and value and all(isinstance(one, int | float) for one in value)
    return np.array(value, np.float32) if plain and any(isinstance(one, float) for one in value) else value


def _slice(part: Any) -> Any:
    if isinstance(part, dict):
        if part.get("class_name") == "__ellipsis__":
            return Ellipsis
        return slice(part.get("start"), part.get("stop"), part.get("step"))
    return part


def _item(value: Any, slice_spec: Any) -> Any:
    parts = slice_spec if isinstance(slice_spec, list) else [slice_spec]
    return value[tuple(_slice(part) for part in parts)]


def apply(name: str, config: dict[str, Any], arguments: list[Any], options: dict[str, Any]) -> Any:
    """Return what an operator of a file gives.

    Raises:
        RefusalError: it is not known here.
    """
    function = str(config.get("function", ""))
    if function == _GETITEM and set(options) == {"slice_spec"} and len(arguments) == 1:
        return _item(arguments[0], **options)
    known = _FUNCTIONS.get(function)
    if known is None:
        raise RefusalError(
            f"between its layers stands tf.{short(function, 40)} ({short(name, 40)!r}), which is not known here",
            _REPLACE,
        )
    # How channels lie is in the shapes; where Keras 2 names an operation, the file's layer has that name.
    given = {key: _array(value) for key, value in options.items() if key not in _IGNORED and value is not None}
    if known is _same:
        return _same(*arguments)
    # Keras 2 wrote the second operand of an operator under its name.
    second = [given.pop(key) for key in ("y", "bias", "b") if key in given]
    try:
        return known(*arguments, *second, **given)
    except Exception as error:  # what values of another kind raise depends on the operator
        raise RefusalError(
            f"tf.{short(function, 40)} ({short(name, 40)!r}) with {short(', '.join(options), 60)} is not known here",
            _REPLACE,
        ) from error
