"""Rules of pools, over neighbouring cells and over the whole map.

Source for a head on each cell: Zhou et al., *Learning Deep Features for Discriminative Localization*, 2016,
section 2; for pools whose outcome weighs the map's channels: Hu et al., *Squeeze-and-Excitation Networks*, 2018,
section 3.
"""

from dataclasses import replace
from typing import Any

import keras

from fullconv.convert.geometry import Pair
from fullconv.convert.graph import Operator
from fullconv.convert.layers import EdgePadding2D
from fullconv.convert.padding import Padding, in_words, layer_padding, output_grid
from fullconv.convert.rules.registry import check_layout, dtype_of, only, rule
from fullconv.convert.rules.rewriting import Rewriting
from fullconv.convert.rules.spatial import framed, pair
from fullconv.convert.rules.values import Kind, Value
from fullconv.convert.subclasses import plain


@rule(keras.layers.MaxPooling2D, keras.layers.AveragePooling2D)
def pool(rewrite: Rewriting, layer: Any, values: list[Value]) -> Value:
    """A pool stays; padding that depends on the image's size is frozen."""
    value = only(layer, values, Kind.MAP)
    check_layout(layer, value)
    kernel, stride = pair(layer.pool_size), pair(layer.strides)
    padding = layer_padding(value.grid, kernel, stride, layer.padding == "same", rewrite.spare(value, stride))
    if padding.any:
        rewrite.note_padding(layer, f"pads its input ({in_words(padding.amounts)}); a crop ends there")
    config = layer.get_config()
    tensor = value.tensor
    grid = output_grid(value.grid, kernel, stride, padding)
    if grid == (1, 1) and not padding.any:
        # No second cell tells how far it lies from the first: the nearest one is as true and gives a finer map.
        step, config = (1, 1), config | {"padding": "valid", "strides": (1, 1)}
        tensor = framed(rewrite, layer, value, ((0, kernel[0] - value.grid[0]), (0, kernel[1] - value.grid[1])))
        tensor = rewrite.call(layer, type(layer), config, [], tensor)
        value = replace(value, pool=rewrite.full_name(layer))
    elif padding.steady or not padding.any:
        step, config = stride, config | {"padding": "same" if padding.steady else "valid"}
        if not padding.steady:
            # Neither a maximum nor a mean may count zeros that the classifier never saw.
            tensor = framed(rewrite, layer, value, padding.frame, EdgePadding2D)
        tensor = rewrite.call(layer, type(layer), config, [], tensor)
    else:
        step, tensor = stride, _frozen_pool(rewrite, layer, config, value, kernel, stride, padding)
    return replace(value, tensor=tensor, grid=grid, field=value.field.then(kernel, step, padding.before))


def _frozen_pool(
    rewrite: Rewriting, layer: Any, config: dict[str, Any], value: Value, kernel: Pair, stride: Pair, padding: Padding
) -> Any:
    """Pool at stride 1, where `same` never depends on the size, and keep every stride-th cell.

    Padding for a pool is not a number: a maximum ignores it and a mean does not count it. Keras has no layer
    that adds such padding, but its `same` pools know it.
    """
    config |= {"padding": "same", "strides": (1, 1)}
    everywhere = rewrite.call(layer, type(layer), config, [], value.tensor)
    # Where `same` has a kernel's middle, the first one wanted starts `before` cells further out.
    y, x = ((before - (k - 1) // 2, end - k // 2) for (before, end), k in zip(padding.frame, kernel, strict=True))
    everywhere = framed(rewrite, layer, value.with_tensor(everywhere), (y, x), EdgePadding2D)
    config = {"pool_size": (1, 1), "strides": stride}
    return rewrite.helper(keras.layers.MaxPooling2D, layer, value, "stride", config)(everywhere)


_LAYERS = {
    keras.layers.GlobalMaxPooling2D: keras.layers.MaxPooling2D,
    keras.layers.GlobalAveragePooling2D: keras.layers.AveragePooling2D,
}
_OPERATORS = {"max": keras.layers.MaxPooling2D, "mean": keras.layers.AveragePooling2D}


def window_pool(layer: Any) -> Any:
    """Return the class of pools over a window that does what a pool over the whole map does, None for other layers."""
    if isinstance(layer, Operator):
        axes = layer.get_config().get("axis")
        return _OPERATORS.get(layer.function) if isinstance(axes, list | tuple) and len(axes) == 2 else None
    return _LAYERS.get(type(plain(layer)))


@rule(*_LAYERS)
def global_pool(rewrite: Rewriting, layer: Any, values: list[Value]) -> Value:
    """A global pool becomes a pool over the training grid, or goes when the head is for each cell alone."""
    value = only(layer, values, Kind.MAP, Kind.POOLED)
    check_layout(layer, value)
    return pool_whole_map(rewrite, layer, value, bool(layer.keepdims))


def pool_whole_map(rewrite: Rewriting, layer: Any, value: Value, keepdims: bool) -> Value:
    """Return what a layer or operator gives that pools over the whole map."""
    pooled = replace(value, kind=Kind.POOLED if keepdims else Kind.VECTOR, pool=rewrite.full_name(layer))
    if value.kind is Kind.POOLED or value.grid == (1, 1):
        return pooled
    if rewrite.head == "cell" and not rewrite.is_inner(layer):
        rows, cols = value.grid
        rewrite.cellwise = True
        rewrite.note(layer, f"goes (head 'cell'): each of the {rows}×{cols} cells it pooled over is scored alone")
        return pooled
    tensor = _pool_over_grid(rewrite, layer, value)
    return replace(pooled, tensor=tensor, grid=(1, 1), field=value.field.then(value.grid, (1, 1), (0, 0)))


def _pool_over_grid(rewrite: Rewriting, layer: Any, value: Value) -> Any:
    """Pool over the training grid at stride 1; inside the network, where maps are large, by rows and then columns."""
    cls = window_pool(layer)
    sizes = [(value.grid[0], 1), (1, value.grid[1])] if rewrite.is_inner(layer) else [value.grid]
    config = {"name": layer.name, "dtype": dtype_of(layer, value), "pool_size": sizes[0], "strides": (1, 1)}
    tensor = rewrite.call(layer, cls, config, [], value.tensor)
    for size in sizes[1:]:
        tensor = rewrite.helper(cls, layer, value, "columns", {"pool_size": size, "strides": (1, 1)})(tensor)
    return tensor
