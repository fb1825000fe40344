"""The engine that stores phases apart: each stride splits every map into fragments along the batch.

Source: Giusti, Ciresan, Masci, Gambardella, Schmidhuber, *Fast Image Scanning with Deep Max-Pooling Convolutional
Neural Networks*, 2013, section 2.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow as tf

from fullconv.convert.geometry import Pair
from fullconv.dense.kernels import bordered, convolve, pooled, pooled_inside, repeated
from fullconv.dense.known import Known
from fullconv.dense.operations import NONE, Border, Cellwise, Convolution
from fullconv.dense.plan import Layout, Step

Splits = tuple[Pair, ...]


def fragment(step: Step, tensors: list[Any], known: Known) -> Any:
    """Return the fragments `(phases · N, h, w, C')` that a step makes of fragments, all of one size."""
    operation, layout, lengths = step.operation, step.before, known.lengths
    if isinstance(operation, Cellwise):
        return operation(list(_in_one_order(tensors, step, lengths)))
    (tensor,) = tensors
    if isinstance(operation, Border):
        return _bordered(operation, tensor, layout, lengths)
    padding = operation.reach.padding

    def border(cells: Any, number: Any) -> Any:
        return bordered(_without_rest(cells, layout, lengths, number), padding, number)

    if isinstance(operation, Convolution):
        tensor = tensor if padding == NONE else _without_rest(tensor, layout, lengths, 0)
        tensor = convolve(operation, known.weights, tensor, step.take, (1, 1), padding)
    else:
        kernel, maximum, take = operation.reach.kernel, operation.maximum, step.take
        if padding == NONE:
            tensor = pooled(tensor, maximum, kernel, take)
        else:
            tensor = pooled_inside(tensor, maximum, border, lambda cells: pooled(cells, maximum, kernel, take))
    return split(tensor, step.split)


def split(tensor: Any, by: Pair) -> Any:
    """Return the phases of a map along the batch, the new ones slowest; short ones get a last cell of no meaning."""
    if by == (1, 1):
        return tensor
    height, width = tf.unstack(tf.shape(tensor)[1:3])
    return tf.space_to_batch(tensor, by, [[0, -height % by[0]], [0, -width % by[1]]])


def woven(tensor: Any, splits: Splits, lengths: tuple[Any, Any]) -> Any:
    """Return the map of `lengths` rows and columns that was split into these phases, first split first."""
    for by in reversed(splits):
        tensor = tf.batch_to_space(tensor, by, [[0, 0], [0, 0]])
    return tensor[:, : lengths[0], : lengths[1]]


def _in_one_order(tensors: list[Any], step: Step, lengths: tuple[Any, Any]) -> Iterator[Any]:
    """Yield what a step joins, in the order of the first's splits: branches may have split a stride otherwise."""
    for tensor, layout in zip(tensors, step.layouts, strict=True):
        if layout.splits != step.before.splits:
            tensor = woven(tensor, layout.splits, lengths)
            for by in step.before.splits:
                tensor = split(tensor, by)
        yield tensor


def _bordered(operation: Border, tensor: Any, layout: Layout, lengths: tuple[Any, Any]) -> Any:
    if not operation.repeat:
        return bordered(_without_rest(tensor, layout, lengths, 0), operation.amounts, 0)
    # The last cell of a fragment may have no meaning: let the true one be repeated.
    tensor = repeated(woven(tensor, layout.splits, lengths), operation.amounts, layout.spacing)
    for by in layout.splits:
        tensor = split(tensor, by)
    return tensor


def _without_rest(tensor: Any, layout: Layout, lengths: tuple[Any, Any], number: Any) -> Any:
    """Return fragments with a number in the last cells of those that are shorter than the others."""
    if not layout.splits:
        return tensor
    for axis, length in enumerate(lengths):
        space, cells = layout.spacing[axis], tf.shape(tensor)[axis + 1]
        phases = tf.repeat(tf.constant(_phases(layout.splits, axis)), tf.shape(tensor)[0] // _count(layout))
        places = phases[:, None] + tf.range(cells)[None] * space
        inside = tf.reshape(places < length, [-1, cells, 1, 1] if axis == 0 else [-1, 1, cells, 1])
        tensor = tf.where(inside, tensor, tf.cast(number, tensor.dtype))
    return tensor


def _count(layout: Layout) -> int:
    return layout.spacing[0] * layout.spacing[1]


def _phases(splits: Splits, axis: int) -> Any:
    """Return the first interleaved row (axis 0) or column (1) of each fragment, in the order of the batch."""
    phases, space = np.zeros(1, np.int32), 1
    for by in splits:
        new = np.repeat(np.arange(by[0]), by[1]) if axis == 0 else np.tile(np.arange(by[1]), by[0])
        phases = (new[:, None] * space + phases[None]).ravel().astype(np.int32)
        space *= by[axis]
    return phases
