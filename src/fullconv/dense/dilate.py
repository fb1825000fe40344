"""The engine that keeps a map whole: strides go, and later taps lie further apart (à trous).

Sources: Long, Shelhamer, Darrell, *Fully Convolutional Networks for Semantic Segmentation*, 2015, section 3.2; Yu and
Koltun, *Multi-Scale Context Aggregation by Dilated Convolutions*, 2016.
"""

from typing import Any

import tensorflow as tf

from fullconv.convert.geometry import Pair
from fullconv.dense.kernels import bordered, convolve, pooled, pooled_inside, repeated
from fullconv.dense.known import Known
from fullconv.dense.operations import NONE, Amounts, Border, Cellwise, Convolution, Pool
from fullconv.dense.plan import Step


def dilate(step: Step, tensors: list[Any], known: Known) -> Any:
    """Return the map `(N, H', W', C')` that a step makes of maps."""
    operation, spacing = step.operation, step.before.spacing
    if isinstance(operation, Cellwise):
        return operation([_exact(tensor, known) for tensor in tensors] if len(tensors) > 1 else tensors)
    (tensor,) = tensors
    if isinstance(operation, Convolution):
        return convolve(operation, known.weights, tensor, step.take, spacing, _spaced(operation.reach.padding, spacing))
    if isinstance(operation, Border):
        if operation.repeat:
            return repeated(tensor, operation.amounts, spacing)
        return bordered(tensor, _spaced(operation.amounts, spacing))
    around = _spaced(operation.reach.padding, spacing)
    if pools_long(step, known.exact):
        return _pooled_long(operation, _exact(tensor, known), spacing)
    if around == NONE and known.true is None:
        return _pooled(operation, tensor, step.take, spacing)
    return pooled_inside(
        tensor,
        operation.maximum,
        lambda cells, number: bordered(cells, around, number),
        lambda cells: _pooled(operation, cells, step.take, spacing),
        known.true,
    )


def pools_long(step: Step, exact: bool) -> bool:
    """Return whether a step pools both axes at once: if maps need not be exact, they are whole strides long."""
    spaced = step.before.spacing != (1, 1) and step.take == (1, 1)
    return isinstance(step.operation, Pool) and spaced and not exact and max(step.operation.reach.kernel) <= 2


def _exact(tensor: Any, known: Known) -> Any:
    return tensor[:, : known.lengths[0], : known.lengths[1]]


def _spaced(amounts: Amounts, spacing: Pair) -> Amounts:
    (above, below), (left, right) = amounts
    return (above * spacing[0], below * spacing[0]), (left * spacing[1], right * spacing[1])


def _pooled_long(operation: Pool, tensor: Any, spacing: Pair) -> Any:
    """Pool both axes at once, at stride 1, and keep the last cells, whose kernels reached beyond.

    Seen as `(N, H / D, W, D · C)` for rows and columns that lie D apart, they are neighbours: each row holds the D
    rows of its stride one after another.
    """
    batch, height, width = tf.unstack(tf.shape(tensor)[:3])
    channels = tensor.shape[-1]
    near = [batch, height // spacing[0], width // spacing[1] * spacing[0], channels * spacing[1]]
    pool = tf.nn.max_pool2d if operation.maximum else tf.nn.avg_pool2d
    tensor = pool(tf.reshape(tensor, near), operation.reach.kernel, 1, "SAME")
    return tf.reshape(tensor, [batch, height, width, channels])


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
