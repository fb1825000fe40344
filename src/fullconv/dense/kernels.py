"""Convolutions and pools on maps, as TensorFlow operations; every map is `(N, H, W, C)`."""

from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from fullconv.convert.geometry import Pair
from fullconv.dense.operations import NONE, Amounts, Convolution
from fullconv.dense.weights import Weights

_FEW_CLASSES = 32


def convolve(
    operation: Convolution, weights: Weights | None, tensor: Any, take: Pair, spacing: Pair, padding: Amounts
) -> Any:
    """Return a convolution with its taps `spacing` times as far apart, at stride `take`, over zeros around the map."""
    assert weights is not None
    layer = operation.layer
    tensor = tf.cast(tensor, layer.compute_dtype)
    dilation = (operation.reach.dilation[0] * spacing[0], operation.reach.dilation[1] * spacing[1])
    if operation.by_channel:
        tensor = _by_channel(weights, bordered(tensor, padding), take, dilation)
    elif layer.groups > 1:
        # TensorFlow's own operation knows no groups on a CPU; Keras has a way round, but not with strides beside it.
        strides = take if dilation == (1, 1) else (1, 1)
        tensor = keras.ops.conv(bordered(tensor, padding), weights.kernel, strides, "valid", dilation_rate=dilation)
        if strides != take:
            tensor = tensor[:, :: take[0], :: take[1]]
    else:
        if take[0] == 1 < take[1] and tensor.shape[-1] == 1:
            # TensorFlow 2.21 with oneDNN leaves memory unset here where the result is one column wide.
            return convolve(operation, weights, tensor, (1, 1), spacing, padding)[:, :, :: take[1]]
        around: Any = "VALID" if padding == NONE else [[0, 0], *(list(amounts) for amounts in padding), [0, 0]]
        tensor = tf.nn.conv2d(tensor, weights.kernel, take, around, dilations=dilation)
    if weights.bias is not None:
        tensor = tf.nn.bias_add(tensor, weights.bias)
    return softmax(tensor) if layer.activation is keras.activations.softmax else layer.activation(tensor)


def _by_channel(weights: Weights, tensor: Any, take: Pair, dilation: Pair) -> Any:
    # TensorFlow wants one stride for both axes: what differs is thinned out afterwards.
    together = take[0] if take[0] == take[1] else 1
    tensor = tf.nn.depthwise_conv2d(tensor, weights.kernel, [1, together, together, 1], "VALID", dilations=dilation)
    if take != (together, together):
        tensor = tensor[:, :: take[0], :: take[1]]
    return tensor if weights.pointwise is None else tf.nn.conv2d(tensor, weights.pointwise, 1, "VALID")


def softmax(tensor: Any) -> Any:
    """Return the softmax over the last axis; for few classes a matrix product adds up faster than a reduction does."""
    classes = tensor.shape[-1]
    if classes > _FEW_CLASSES or tensor.dtype != tf.float32:
        return keras.activations.softmax(tensor)
    rows = tf.reshape(tensor, [-1, classes])
    rows = tf.exp(rows - tf.reduce_max(rows, axis=1, keepdims=True))
    return tf.reshape(rows / tf.matmul(rows, tf.ones([classes, classes])), tf.shape(tensor))


def pooled(tensor: Any, maximum: bool, kernel: Pair, take: Pair) -> Any:
    """Return the maximum or mean over neighbours, where a whole kernel fits."""
    if kernel == take == (1, 1):
        return tensor
    return (tf.nn.max_pool2d if maximum else tf.nn.avg_pool2d)(tensor, kernel, take, "VALID")


def pooled_inside(
    tensor: Any, maximum: bool, border: Callable[[Any, Any], Any], pool: Callable[[Any], Any], true: Any = None
) -> Any:
    """Return a pool in which the border does not count: `border` puts it there with a given number in it.

    Of rows that are given with the map `true` (h,) tells those of the border, as 0.
    """
    if maximum:
        return pool(border(tensor, tensor.dtype.min))
    share = tf.ones_like(tensor[:, :, :, :1])
    if true is not None:
        share *= tf.cast(true, tensor.dtype)[:, None, None]
    share = pool(border(share, 0))
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
