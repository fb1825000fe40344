"""Convolutions and pools on maps, as TensorFlow operations; every map is `(N, H, W, C)`."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from fullconv.convert.geometry import Pair
from fullconv.dense.operations import NONE, Amounts, Convolution


def convolve(operation: Convolution, tensor: Any, take: Pair, spacing: Pair, padding: Amounts) -> Any:
    """Return a convolution with its taps `spacing` times as far apart, at stride `take`, over zeros around the map."""
    layer = operation.layer
    tensor = tf.cast(tensor, layer.compute_dtype)
    dilation = [own * space for own, space in zip(operation.reach.dilation, spacing, strict=True)]
    if operation.by_channel:
        tensor = _by_channel(layer, bordered(tensor, padding), take, dilation)
    else:
        tensor = _full(layer, tensor, take, dilation, padding)
    if layer.use_bias:
        tensor = tf.nn.bias_add(tensor, _weights(layer, layer.bias))
    return layer.activation(tensor)


def _weights(layer: Any, variable: Any) -> Any:
    return tf.cast(variable.value, layer.compute_dtype)


def _full(layer: Any, tensor: Any, take: Pair, dilation: list[int], padding: Amounts) -> Any:
    kernel = _weights(layer, layer.kernel)
    if layer.groups > 1:
        # TensorFlow's own operation knows no groups on a CPU; Keras has a way round.
        tensor = bordered(tensor, padding)
        return keras.ops.conv(tensor, kernel, strides=take, padding="valid", dilation_rate=tuple(dilation))
    around: Any = "VALID" if padding == NONE else [[0, 0], *(list(amounts) for amounts in padding), [0, 0]]
    return tf.nn.conv2d(tensor, kernel, strides=take, padding=around, dilations=dilation)


def _by_channel(layer: Any, tensor: Any, take: Pair, dilation: list[int]) -> Any:
    separable = isinstance(layer, keras.layers.SeparableConv2D)
    kernel = _weights(layer, layer.depthwise_kernel if separable else layer.kernel)
    # TensorFlow wants one stride for both axes: what differs is thinned out afterwards.
    together = take[0] if take[0] == take[1] else 1
    tensor = tf.nn.depthwise_conv2d(tensor, kernel, [1, together, together, 1], "VALID", dilations=dilation)
    if take != (together, together):
        tensor = tensor[:, :: take[0], :: take[1]]
    return tf.nn.conv2d(tensor, _weights(layer, layer.pointwise_kernel), 1, "VALID") if separable else tensor


def pooled(tensor: Any, maximum: bool, kernel: Pair, take: Pair) -> Any:
    """Return the maximum or mean over neighbours, where a whole kernel fits."""
    if kernel == take == (1, 1):
        return tensor
    return (tf.nn.max_pool2d if maximum else tf.nn.avg_pool2d)(tensor, kernel, take, "VALID")


def pooled_inside(tensor: Any, maximum: bool, border: Callable[[Any, Any], Any], pool: Callable[[Any], Any]) -> Any:
    """Return a pool in which the border does not count: `border` puts it there with a given number in it."""
    if maximum:
        return pool(border(tensor, tensor.dtype.min))
    share = pool(border(tf.ones_like(tensor[:, :, :, :1]), 0))
    return pool(border(tensor, 0)) / share


def bordered(tensor: Any, amounts: Amounts, value: float = 0) -> Any:
    """Return a map with cells of one value added around it, or taken off where an amount is negative."""
    (above, below), (left, right) = amounts
    if min(above, below, left, right) < 0:
        height, width = tf.shape(tensor)[1], tf.shape(tensor)[2]
        tensor = tensor[:, max(-above, 0) : height + min(below, 0), max(-left, 0) : width + min(right, 0)]
    added = [[max(above, 0), max(below, 0)], [max(left, 0), max(right, 0)]]
    if added != [[0, 0], [0, 0]]:
        tensor = tf.pad(tensor, [[0, 0], *added, [0, 0]], constant_values=tf.cast(value, tensor.dtype))
    return tensor


def repeated(tensor: Any, amounts: Amounts, spacing: Pair) -> Any:
    """Return a map whose first and last `spacing` rows and columns are repeated outwards, as often as said."""
    for axis, (before, after), space in zip((1, 2), amounts, spacing, strict=True):
        size = tf.shape(tensor)[axis]
        phases = tf.range(space)
        # Phases that a small map does not have are given any cell: none of them is in the result.
        first = tf.tile(tf.minimum(phases, size - 1), [before])
        last = tf.tile(tf.maximum(size - space + phases, 0), [after])
        tensor = tf.gather(tensor, tf.concat([first, tf.range(size), last], 0), axis=axis)
    return tensor
