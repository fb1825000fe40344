"""Rules of the head: what turns features into scores.

Source for dense layers as convolutions: Long, Shelhamer, Darrell, *Fully Convolutional Networks for Semantic
Segmentation*, 2015, section 3.1; for a head on each cell: Zhou et al., *Learning Deep Features for
Discriminative Localization*, 2016, section 2.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import keras

from fullconv.convert.rules import Kind, Value, check_channels_last, only, refusal, rule

if TYPE_CHECKING:
    from fullconv.convert.rewrite import Rewrite


def _flattened(value: Value) -> Value:
    # One cell has nothing to put in a row.
    return replace(value, kind=Kind.VECTOR if value.grid == (1, 1) or value.kind is Kind.POOLED else Kind.FLAT)


@rule(keras.layers.Flatten)
def flatten(rewrite: "Rewrite", layer: Any, values: list[Value]) -> Value:
    """Flatten goes: the next dense layer takes the whole training grid as its kernel."""
    value = only(layer, values, Kind.MAP, Kind.POOLED, Kind.VECTOR, Kind.FLAT)
    check_channels_last(layer)
    return _flattened(value) if value.kind in (Kind.MAP, Kind.POOLED) else value


@rule(keras.layers.Reshape)
def reshape(rewrite: "Rewrite", layer: Any, values: list[Value]) -> Value:
    """A reshape between `(1, 1, C)`, `(C,)` and a flattened map goes."""
    value = only(layer, values)
    cells = value.grid[0] * value.grid[1] if value.kind in (Kind.MAP, Kind.FLAT) else 1
    length = cells * value.channels
    target = tuple(layer.target_shape)
    if target in ((length,), (-1,)):
        return _flattened(value) if value.kind in (Kind.MAP, Kind.POOLED) else value
    if cells == 1 and target in ((1, 1, length), (1, 1, -1)):
        return replace(value, kind=Kind.POOLED)
    raise refusal(
        layer,
        f"reshapes a {value.kind.value} of {value.grid[0]}×{value.grid[1]} cells to {target}",
        "Only a reshape to (length,) or (1, 1, channels) can be converted.",
    )


_WINDOW_POOLS = {
    keras.layers.GlobalMaxPooling2D: keras.layers.MaxPooling2D,
    keras.layers.GlobalAveragePooling2D: keras.layers.AveragePooling2D,
}


@rule(*_WINDOW_POOLS)
def global_pool(rewrite: "Rewrite", layer: Any, values: list[Value]) -> Value:
    """A global pool becomes a pool over the training grid, or goes when the head is for each cell alone."""
    value = only(layer, values, Kind.MAP, Kind.POOLED)
    check_channels_last(layer)
    kind = Kind.POOLED if layer.keepdims else Kind.VECTOR
    if value.kind is Kind.POOLED or value.grid == (1, 1):
        return replace(value, kind=kind)
    if rewrite.head == "cell":
        rows, cols = value.grid
        rewrite.cellwise = True
        rewrite.note(layer, f"goes (head 'cell'): each of the {rows}×{cols} cells it pooled over is scored alone")
        return replace(value, kind=kind)
    config = {"name": layer.name, "pool_size": value.grid, "strides": (1, 1), "dtype": _dtype(layer)}
    tensor = rewrite.call(layer, _WINDOW_POOLS[type(layer)], config, [], value.tensor)
    return Value(tensor, kind, (1, 1), value.field.then(value.grid, (1, 1), (0, 0)))


@rule(keras.layers.Dense)
def dense(rewrite: "Rewrite", layer: Any, values: list[Value]) -> Value:
    """A dense layer becomes a convolution: over the training grid after Flatten, else 1×1."""
    value = only(layer, values, Kind.FLAT, Kind.VECTOR, Kind.POOLED, Kind.MAP)
    kernel = value.grid if value.kind is Kind.FLAT else (1, 1)
    config = {
        "name": layer.name,
        "dtype": _dtype(layer),
        "filters": layer.units,
        "kernel_size": kernel,
        "use_bias": layer.use_bias,
        "activation": layer.get_config()["activation"],
    }
    weights = [weight.reshape(*kernel, value.channels, layer.units) for weight in layer.get_weights()[:1]]
    tensor = rewrite.call(layer, keras.layers.Conv2D, config, weights + layer.get_weights()[1:], value.tensor)
    if value.kind is not Kind.FLAT:
        return value.with_tensor(tensor)
    return Value(tensor, Kind.VECTOR, (1, 1), value.field.then(kernel, (1, 1), (0, 0)))


def _dtype(layer: Any) -> Any:
    return layer.get_config()["dtype"]
