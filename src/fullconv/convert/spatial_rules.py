"""Rules of layers that look at neighbouring cells: convolutions, pools, padding and cropping."""

from typing import TYPE_CHECKING, Any

import keras

from fullconv.convert.geometry import Pair
from fullconv.convert.padding import Padding, in_words, layer_padding, output_grid
from fullconv.convert.rules import Kind, Value, check_channels_last, only, refusal, rule

if TYPE_CHECKING:
    from fullconv.convert.rewrite import Rewrite


def _pair(value: Any) -> Pair:
    if isinstance(value, int):
        return value, value
    return int(value[0]), int(value[1])


def _check_reach(layer: Any, value: Value, kernel: Pair, stride: Pair) -> None:
    # On a pooled map the classifier sees one cell; neighbours in the conversion are other windows.
    if value.kind is Kind.POOLED and (kernel != (1, 1) or stride != (1, 1)):
        raise refusal(layer, f"a {kernel[0]}×{kernel[1]} kernel over a pooled map", "Use a 1×1 kernel at stride 1.")


def _advance(value: Value, tensor: Any, kernel: Pair, stride: Pair, padding: Padding) -> Value:
    return Value(
        tensor,
        value.kind,
        output_grid(value.grid, kernel, stride, padding),
        value.field.then(kernel, stride, padding.before),
    )


def _cropped(rewrite: "Rewrite", layer: Any, tensor: Any, unseen: Pair) -> Any:
    """Drop what no kernel reached at training size, so that an image's last part window adds no cell."""
    if unseen == (0, 0):
        return tensor
    config = {"cropping": ((0, unseen[0]), (0, unseen[1]))}
    return rewrite.helper(keras.layers.Cropping2D, layer, "crop", config)(tensor)


@rule(keras.layers.Conv2D, keras.layers.DepthwiseConv2D, keras.layers.SeparableConv2D)
def convolution(rewrite: "Rewrite", layer: Any, values: list[Value]) -> Value:
    """A convolution keeps its weights; padding that depends on the image's size is frozen."""
    value = only(layer, values, Kind.MAP, Kind.POOLED)
    check_channels_last(layer)
    size, stride, dilation = _pair(layer.kernel_size), _pair(layer.strides), _pair(layer.dilation_rate)
    kernel = ((size[0] - 1) * dilation[0] + 1, (size[1] - 1) * dilation[1] + 1)
    _check_reach(layer, value, kernel, stride)
    same = layer.padding == "same"
    padding = layer_padding(value.grid, kernel, stride, same)
    tensor = value.tensor
    config = layer.get_config()
    if padding.any:
        rewrite.note(layer, f"pads its input ({in_words(padding.amounts)}); a crop sees zeros there")
    if not padding.steady:
        config["padding"] = "valid"
        if padding.any:
            tensor = rewrite.helper(keras.layers.ZeroPadding2D, layer, "pad", {"padding": padding.amounts})(tensor)
        tensor = _cropped(rewrite, layer, tensor, padding.unseen)
    tensor = rewrite.call(layer, type(layer), config, layer.get_weights(), tensor)
    return _advance(value, tensor, kernel, stride, padding)


@rule(keras.layers.MaxPooling2D, keras.layers.AveragePooling2D)
def pool(rewrite: "Rewrite", layer: Any, values: list[Value]) -> Value:
    """A pool stays; padding that depends on the image's size is frozen."""
    value = only(layer, values, Kind.MAP)
    check_channels_last(layer)
    kernel, stride = _pair(layer.pool_size), _pair(layer.strides)
    same = layer.padding == "same"
    padding = layer_padding(value.grid, kernel, stride, same)
    if padding.any:
        rewrite.note(layer, f"pads its input ({in_words(padding.amounts)}); a crop ends there")
    config = layer.get_config()
    tensor = value.tensor
    if padding.steady or not padding.any:
        config["padding"] = "same" if padding.steady else "valid"
        if not padding.steady:
            tensor = _cropped(rewrite, layer, tensor, padding.unseen)
        tensor = rewrite.call(layer, type(layer), config, [], tensor)
    else:
        tensor = _frozen_pool(rewrite, layer, config, value, kernel, stride, padding)
    return _advance(value, tensor, kernel, stride, padding)


def _frozen_pool(
    rewrite: "Rewrite", layer: Any, config: dict[str, Any], value: Value, kernel: Pair, stride: Pair, padding: Padding
) -> Any:
    """Pool at stride 1, where `same` never depends on the size, and keep every stride-th cell.

    Padding for a pool is not a number: a maximum ignores it and a mean does not count it. Keras has no layer
    that adds such padding, but its `same` pools know it.
    """
    config |= {"padding": "same", "strides": (1, 1)}
    everywhere = rewrite.call(layer, type(layer), config, [], value.tensor)
    grid = output_grid(value.grid, kernel, stride, padding)
    crops = []
    for axis in (0, 1):
        first = (kernel[axis] - 1) // 2 - padding.before[axis]
        last = first + (grid[axis] - 1) * stride[axis]
        crops.append((first, value.grid[axis] - 1 - last))
    if crops != [(0, 0), (0, 0)]:
        everywhere = rewrite.helper(keras.layers.Cropping2D, layer, "crop", {"cropping": tuple(crops)})(everywhere)
    config = {"pool_size": (1, 1), "strides": stride}
    return rewrite.helper(keras.layers.MaxPooling2D, layer, "stride", config)(everywhere)


@rule(keras.layers.ZeroPadding2D)
def zero_padding(rewrite: "Rewrite", layer: Any, values: list[Value]) -> Value:
    """Padding with zeros stays."""
    value = only(layer, values, Kind.MAP)
    check_channels_last(layer)
    (above, below), (left, right) = layer.padding
    if any((above, below, left, right)):
        rewrite.note(layer, f"pads ({in_words(layer.padding)}); a crop sees zeros there")
    grid = (value.grid[0] + above + below, value.grid[1] + left + right)
    tensor = rewrite.call(layer, type(layer), layer.get_config(), [], value.tensor)
    return Value(tensor, value.kind, grid, value.field.then((1, 1), (1, 1), (above, left)))


@rule(keras.layers.Cropping2D)
def cropping(rewrite: "Rewrite", layer: Any, values: list[Value]) -> Value:
    """Cropping stays: the next cells start further in."""
    value = only(layer, values, Kind.MAP)
    check_channels_last(layer)
    (above, below), (left, right) = layer.cropping
    grid = (value.grid[0] - above - below, value.grid[1] - left - right)
    tensor = rewrite.call(layer, type(layer), layer.get_config(), [], value.tensor)
    return Value(tensor, value.kind, grid, value.field.then((1, 1), (1, 1), (-above, -left)))
