"""Rules of layers that look at neighbouring cells: convolutions, padding and cropping."""

from dataclasses import replace
from typing import Any

import keras

from fullconv.convert.geometry import Pair
from fullconv.convert.layers import Amounts
from fullconv.convert.padding import Padding, in_words, layer_padding, output_grid
from fullconv.convert.rules.registry import check_layout, dtype_of, only, refusal, rule
from fullconv.convert.rules.rewriting import Rewriting
from fullconv.convert.rules.values import Kind, Value

NOTHING: Amounts = ((0, 0), (0, 0))


def _check_reach(layer: Any, value: Value, kernel: Pair, stride: Pair) -> None:
    # On a pooled map the classifier sees one cell; neighbours in the conversion are other windows.
    if value.kind is Kind.POOLED and (kernel != (1, 1) or stride != (1, 1)):
        raise refusal(layer, f"a {kernel[0]}×{kernel[1]} kernel over a pooled map", "Use a 1×1 kernel at stride 1.")


def pair(value: Any) -> Pair:
    """Return a layer's setting along rows and columns."""
    if isinstance(value, int):
        return value, value
    return int(value[0]), int(value[1])


def advance(value: Value, tensor: Any, kernel: Pair, stride: Pair, padding: Padding) -> Value:
    """Return what a layer that looks at neighbours gives, with its tensor."""
    grid, field = output_grid(value.grid, kernel, stride, padding), value.field.then(kernel, stride, padding.before)
    return replace(value, tensor=tensor, grid=grid, field=field)


def framed(
    rewrite: Rewriting, layer: Any, value: Value, amounts: Amounts, border: Any = keras.layers.ZeroPadding2D
) -> Any:
    """Return a map with `((above, below), (left, right))` cells added around it, or dropped where below 0."""
    tensor = value.tensor
    added, dropped = (tuple((max(0, sign * a), max(0, sign * b)) for a, b in amounts) for sign in (1, -1))
    if added != NOTHING:
        tensor = rewrite.helper(border, layer, value, "pad", {"padding": added})(tensor)
    if dropped != NOTHING:
        tensor = rewrite.helper(keras.layers.Cropping2D, layer, value, "crop", {"cropping": dropped})(tensor)
    return tensor


@rule(keras.layers.Conv2D, keras.layers.DepthwiseConv2D, keras.layers.SeparableConv2D)
def convolution(rewrite: Rewriting, layer: Any, values: list[Value]) -> Value:
    """A convolution keeps its weights; padding that depends on the image's size is frozen."""
    value = only(layer, values, Kind.MAP, Kind.POOLED)
    check_layout(layer, value)
    size, stride, dilation = pair(layer.kernel_size), pair(layer.strides), pair(layer.dilation_rate)
    kernel = ((size[0] - 1) * dilation[0] + 1, (size[1] - 1) * dilation[1] + 1)
    _check_reach(layer, value, kernel, stride)
    padding = layer_padding(value.grid, kernel, stride, layer.padding == "same", rewrite.spare(value, stride))
    if padding.any:
        rewrite.note_padding(layer, f"pads its input ({in_words(padding.amounts)}); a crop sees zeros there")
    config = layer.get_config() | {"padding": "same" if padding.steady else "valid"}
    tensor = value.tensor if padding.steady else framed(rewrite, layer, value, padding.frame)
    tensor = rewrite.call(layer, type(layer), config, rewrite.weights_of(layer), tensor)
    return advance(value, tensor, kernel, stride, padding)


@rule(keras.layers.ZeroPadding2D)
def zero_padding(rewrite: Rewriting, layer: Any, values: list[Value]) -> Value:
    """Padding with zeros stays."""
    value = only(layer, values, Kind.MAP)
    check_layout(layer, value)
    (above, below), (left, right) = layer.padding
    if any((above, below, left, right)):
        rewrite.note_padding(layer, f"pads ({in_words(layer.padding)}); a crop sees zeros there")
    grid = (value.grid[0] + above + below, value.grid[1] + left + right)
    tensor = rewrite.call(layer, type(layer), layer.get_config(), [], value.tensor)
    return replace(value, tensor=tensor, grid=grid, field=value.field.then((1, 1), (1, 1), (above, left)))


@rule(keras.layers.Cropping2D)
def cropping(rewrite: Rewriting, layer: Any, values: list[Value]) -> Value:
    """Cropping stays: the next cells start further in."""
    value = only(layer, values, Kind.MAP)
    check_layout(layer, value)
    return cropped(rewrite, layer, value, layer.cropping)


@rule(keras.layers.CenterCrop)
def center_crop(rewrite: Rewriting, layer: Any, values: list[Value]) -> Value:
    """A crop to a fixed size becomes a crop by what it cut off at training size."""
    value = only(layer, values, Kind.MAP)
    check_layout(layer, value)
    spare = (value.grid[0] - layer.height, value.grid[1] - layer.width)
    if min(spare) < 0:
        raise refusal(layer, f"enlarges a map of {value.grid[0]}×{value.grid[1]} cells", "Resize images beforehand.")
    above, left = spare[0] // 2, spare[1] // 2
    return cropped(rewrite, layer, value, ((above, spare[0] - above), (left, spare[1] - left)))


def cropped(rewrite: Rewriting, layer: Any, value: Value, amounts: Amounts) -> Value:
    """Return a map without the `((above, below), (left, right))` cells at its border."""
    (above, below), (left, right) = amounts
    grid = (value.grid[0] - above - below, value.grid[1] - left - right)
    config = {"name": layer.name, "dtype": dtype_of(layer, value), "cropping": amounts}
    tensor = rewrite.call(layer, keras.layers.Cropping2D, config, [], value.tensor)
    return replace(value, tensor=tensor, grid=grid, field=value.field.then((1, 1), (1, 1), (-above, -left)))
