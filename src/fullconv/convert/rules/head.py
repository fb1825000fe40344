"""Rules of the head: what turns features into scores, and of layers that only rearrange numbers.

Source for dense layers as convolutions: Long, Shelhamer, Darrell, *Fully Convolutional Networks for Semantic
Segmentation*, 2015, section 3.1.
"""

from dataclasses import replace
from typing import Any

import keras
import numpy as np

from fullconv.convert.rules.registry import check_last_axis, dtype_of, only, refusal, rule
from fullconv.convert.rules.rewriting import Rewriting
from fullconv.convert.rules.values import Kind, Value


def _flattened(value: Value) -> Value:
    if value.rank == 2:
        return value
    # One cell has nothing to put in a row.
    return replace(value, kind=Kind.VECTOR if value.grid == (1, 1) or value.kind is Kind.POOLED else Kind.FLAT)


@rule(keras.layers.Flatten)
def flatten(rewrite: Rewriting, layer: Any, values: list[Value]) -> Value:
    """Flatten goes: the next dense layer takes the whole training grid as its kernel."""
    value = only(layer, values)
    if layer.data_format == "channels_first" and value.rank == 4:
        # Keras moves the second axis to the end first.
        if not value.channels_first and value.grid != (1, 1):
            raise refusal(layer, "takes rows for channels", "Build it without data_format='channels_first'.")
        value = replace(value, channels_first=False)
    return _flattened(value)


@rule(keras.layers.Reshape)
def reshape(rewrite: Rewriting, layer: Any, values: list[Value]) -> Value:
    """A reshape between `(1, 1, C)`, `(C,)` and a flattened map goes."""
    value = only(layer, values)
    lone = value.kind in (Kind.POOLED, Kind.VECTOR) or value.grid == (1, 1)
    channels = value.channels
    length = channels if lone else value.grid[0] * value.grid[1] * channels
    target = tuple(layer.target_shape)
    rows, cols = value.grid
    own = (channels, rows, cols) if value.channels_first else (rows, cols, channels)
    if target in ((length,), (-1,)):
        return _flattened(value)
    if value.kind is Kind.MAP and target == own:
        return value
    if lone and target in ((1, 1, length), (1, 1, -1)):
        return replace(value, kind=Kind.POOLED, channels_first=False)
    if lone and target in ((length, 1, 1), (-1, 1, 1)):
        return replace(value, kind=Kind.POOLED, channels_first=True)
    raise refusal(
        layer,
        f"reshapes a {value.kind.value} of {rows}×{cols} cells to {target}",
        "Only a reshape to (length,) or (1, 1, channels) can be converted. A row of tokens, for attention, has as many "
        "as the image has cells, and each looks at all.",
    )


@rule(keras.layers.Permute)
def permute(rewrite: Rewriting, layer: Any, values: list[Value]) -> Value:
    """A permutation goes if it moves the channels from first to last or back."""
    value = only(layer, values, Kind.MAP, Kind.POOLED)
    dims = tuple(layer.dims)
    if dims == (1, 2, 3):
        return value
    if dims != ((2, 3, 1) if value.channels_first else (3, 1, 2)):
        raise refusal(layer, f"permutes axes {dims}, so rows, columns or channels mix", "Only channels can be moved.")
    return replace(value, channels_first=not value.channels_first)


@rule(keras.layers.Dense)
def dense(rewrite: Rewriting, layer: Any, values: list[Value]) -> Value:
    """A dense layer becomes a convolution: over the training grid after Flatten, else 1×1."""
    value = only(layer, values, *Kind)
    check_last_axis(layer, value)
    kernel, *biases = rewrite.weights_of(layer)
    if value.affine is not None:
        kernel, bias = value.affine.folded(kernel, biases[0] if biases else np.zeros(layer.units))
        biases = [bias]
    flat = value.kind in (Kind.FLAT, Kind.SCALED)
    size = value.grid if flat else (1, 1)
    config = {
        "name": layer.name,
        "dtype": dtype_of(layer, value),
        "filters": layer.units,
        "kernel_size": size,
        "use_bias": bool(biases),
        "activation": layer.get_config()["activation"],
    }
    weights = [_as_kernel(value, kernel, size), *biases]
    tensor = rewrite.call(layer, keras.layers.Conv2D, config, weights, value.tensor)
    if not flat:
        return value.with_tensor(tensor)
    field = value.field.then(size, (1, 1), (0, 0))
    return Value(tensor, Kind.VECTOR, (1, 1), field)


def _as_kernel(value: Value, kernel: Any, size: tuple[int, int]) -> Any:
    """Return a dense kernel `(L, units)` as one of a convolution `(rows, columns, C, units)`."""
    if value.channels_first and value.kind in (Kind.FLAT, Kind.SCALED):
        return kernel.reshape(value.channels, *size, -1).transpose(1, 2, 0, 3)
    return kernel.reshape(*size, value.channels, -1)
