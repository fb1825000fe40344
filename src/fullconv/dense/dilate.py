"""The engine that keeps a map whole: strides go, and later taps lie further apart (à trous).

Sources: Long, Shelhamer, Darrell, *Fully Convolutional Networks for Semantic Segmentation*, 2015, section 3.2; Yu and
Koltun, *Multi-Scale Context Aggregation by Dilated Convolutions*, 2016.
"""

from typing import Any

import tensorflow as tf

from fullconv.convert.geometry import Pair
from fullconv.dense.kernels import bordered, convolve, pooled, pooled_inside, repeated
from fullconv.dense.operations import NONE, Amounts, Border, Cellwise, Convolution, Pool
from fullconv.dense.plan import Step


def dilate(step: Step, tensors: list[Any], lengths: tuple[Any, Any]) -> Any:
    """Return the map `(N, H', W', C')` that a step makes of maps of `lengths` rows and columns."""
    operation, spacing = step.operation, step.before.spacing
    if isinstance(operation, Cellwise):
        return operation(tensors)
    (tensor,) = tensors
    if isinstance(operation, Convolution):
        return convolve(operation, tensor, step.take, spacing, _spaced(operation.reach.padding, spacing))
    if isinstance(operation, Border):
        if operation.repeat:
            return repeated(tensor, operation.amounts, spacing)
        return bordered(tensor, _spaced(operation.amounts, spacing))
    around = _spaced(operation.reach.padding, spacing)
    if around == NONE:
        return _pooled(operation, tensor, step.take, spacing)
    return pooled_inside(
        tensor,
        operation.maximum,
        lambda cells, number: bordered(cells, around, number),
        lambda cells: _pooled(operation, cells, step.take, spacing),
    )


def _spaced(amounts: Amounts, spacing: Pair) -> Amounts:
    (above, below), (left, right) = amounts
    return (above * spacing[0], below * spacing[0]), (left * spacing[1], right * spacing[1])


def _pooled(operation: Pool, tensor: Any, take: Pair, spacing: Pair) -> Any:
    kernel = operation.reach.kernel
    if spacing == (1, 1):
        return pooled(tensor, operation.maximum, kernel, take)
    # A maximum of maxima and a mean of means are those of the whole kernel.
    for axis in (0, 1):
        if kernel[axis] > 1 or take[axis] > 1:
            tensor = _pooled_axis(tensor, operation.maximum, axis, kernel[axis], take[axis], spacing[axis])
    return tensor


def _pooled_axis(tensor: Any, maximum: bool, axis: int, kernel: int, take: int, space: int) -> Any:
    """Pool along one axis over cells that lie `space` apart.

    Seen as `(N, H / D, D · W, C)`, or `(N, H, W / D, D · C)`, they are neighbours, and memory stays as it is.
    """
    length = tf.shape(tensor)[axis + 1]
    rest = [[0, 0] if other != axis + 1 else [0, -length % space] for other in range(4)]
    tensor = tf.pad(tensor, rest)  # the last part of a stride: what it gives is cut off again
    batch, height, width = tf.unstack(tf.shape(tensor)[:3])
    channels = tensor.shape[-1]
    if axis == 0:
        near = tf.reshape(tensor, [batch, height // space, space * width, channels])
        far = [batch, -1, width, channels]
    else:
        near = tf.reshape(tensor, [batch, height, width // space, space * channels])
        far = [batch, height, -1, channels]
    tensor = tf.reshape(pooled(near, maximum, _along(axis, kernel), _along(axis, take)), far)
    kept = (length - (kernel - 1) * space - 1) // take + 1
    return tensor[:, :kept] if axis == 0 else tensor[:, :, :kept]


def _along(axis: int, number: int) -> Pair:
    return (number, 1) if axis == 0 else (1, number)
