"""Operators that compute each cell alone, from all its channels: softmax, sums over the channels, products."""

import re
from dataclasses import replace

import keras
import numpy as np
from keras.src.ops.numpy import Matmul

from fullconv.convert.graph import Operator, Slot
from fullconv.convert.rules.registry import only, refusal
from fullconv.convert.rules.rewriting import Rewriting
from fullconv.convert.rules.values import CELLS, Kind, Value

# Names in keras.ops: what keeps the channels, what makes one number of them, what weighs them by a matrix or alike.
ALONG_CHANNELS = {"cumprod", "cumsum", "log_softmax", "normalize", "softmax", "sort", "sparsemax"}
OVER_CHANNELS = {"all", "amax", "amin", "any", "argmax", "argmin", "logsumexp", "max", "mean", "median", "min", "prod"}
OVER_CHANNELS |= {"std", "sum", "var"}
PRODUCTS = {"dot", "einsum", "matmul", "tensordot"}
COLOURS = {"hsv_to_rgb", "rgb_to_grayscale", "rgb_to_hsv"}


def is_over_channels(layer: Operator, value: Value) -> bool:
    """Return whether an operator makes one number of each cell's channels."""
    return layer.function in OVER_CHANNELS and value.is_channel_axis(layer.get_config()["axis"])


def along_channels(rewrite: Rewriting, layer: Operator, values: list[Value]) -> Value:
    """An operator along the channels stays; in the conversion they are on the last axis."""
    value = only(layer, values, *CELLS)
    axis = layer.get_config()["axis"]
    if not value.is_channel_axis(axis):
        raise refusal(layer, f"acts along axis {axis}", f"Use axis {value.channel_axis}.")
    return value.with_tensor(rewrite.operate(layer, [value.tensor], axis=-1))


def over_channels(rewrite: Rewriting, layer: Operator, value: Value) -> Value:
    """A sum, mean or maximum over the channels stays; its cells have one channel, or no axis for it."""
    config = layer.get_config()
    if config.get("initial") is not None or (value.kind is not Kind.MAP and not config["keepdims"]):
        raise refusal(layer, f"{layer.function} leaves no axis of channels", "Use keepdims=True, without initial.")
    tensor = rewrite.operate(layer, [value.tensor], axis=-1, keepdims=True)
    return replace(value, tensor=tensor, kind=value.kind if config["keepdims"] else Kind.PLANE)


def product(rewrite: Rewriting, layer: Operator, values: list[Value]) -> Value:
    """A product of each cell's channels with a matrix, however it is written, becomes a matmul."""
    value = only(layer, values, *CELLS)
    matrices = [keras.ops.convert_to_numpy(one) for one in layer.arguments if keras.ops.is_tensor(one) or np.ndim(one)]
    plain = len(matrices) == 1 and matrices[0].ndim == 2 and layer.arguments[0] == Slot(0)
    if not plain or not value.is_channel_axis(-1) or not _over_last_axis(layer, value.rank):
        raise refusal(
            layer,
            f"{layer.function} multiplies more than each cell's channels with a matrix",
            "Use ops.matmul(x, matrix) with the channels last, or a 1×1 convolution.",
        )
    matmul = Operator(layer.name, "matmul", (Slot(0), matrices[0]), Matmul())
    return value.with_tensor(rewrite.operate(matmul, matmul.with_tensors([value.tensor])))


def colours(rewrite: Rewriting, layer: Operator, values: list[Value]) -> Value:
    """What makes other colours, or grey values, of each pixel's stays."""
    value = only(layer, values, Kind.MAP, Kind.POOLED)
    layout = layer.get_config()["data_format"] or keras.config.image_data_format()
    if layout != ("channels_first" if value.channels_first else "channels_last"):
        raise refusal(layer, f"reads {layout}, and its input is not", "Say data_format as the model's other layers do.")
    return value.with_tensor(rewrite.operate(layer, [value.tensor], data_format="channels_last"))


def _over_last_axis(layer: Operator, rank: int) -> bool:
    config = layer.get_config()
    if layer.function == "tensordot":
        axes = config["axes"]
        return axes == 1 or (
            np.ndim(axes) > 0 and [_axis(one) % rank for one in axes[:1]] + [_axis(axes[1])] == [rank - 1, 0]
        )
    if layer.function == "einsum":
        found = re.fullmatch(r"(.*)(\w),(\w)(\w)->(.*)(\w)", config["subscripts"].replace(" ", ""))
        if found is None:
            return False
        before, summed, rows, columns, after, last = found.groups()
        return before == after and summed == rows and columns == last != summed and columns not in before
    return True


def _axis(axes: object) -> int:
    return int(np.asarray(axes).reshape(-1)[0])
