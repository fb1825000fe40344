"""A flattened map as a vector: every cell of the conversion gets all numbers of its window.

What is computed after Flatten for each number in its own place (a normalization and then a ReLU, slopes of a PReLU)
has no counterpart on a map, where one cell takes part in many windows. On the windows themselves it has: exact, at
the cost of as many channels as a window has numbers (docs/decisions/046).
"""

from dataclasses import replace
from typing import Any

import keras
import numpy as np
from keras.src.ops.numpy import Take

from fullconv.convert.graph import Operator, Slot
from fullconv.convert.layers import Windows2D
from fullconv.convert.rules.rewriting import Rewriting
from fullconv.convert.rules.values import Kind, Value

FLATTENED = (Kind.FLAT, Kind.SCALED)


def unfolded(rewrite: Rewriting, layer: Any, value: Value) -> Value:
    """Return a flattened map as the vector that the classifier has, in its order; other values as they are."""
    if value.kind not in FLATTENED:
        return value
    rows, cols = value.grid
    tensor = rewrite.helper(Windows2D, layer, value, "windows", {"size": value.grid})(value.tensor)
    if value.channels_first:
        order = np.arange(rows * cols * value.channels).reshape(rows, cols, -1).transpose(2, 0, 1).reshape(-1)
        take = Operator(f"{layer.name}_order", "take", (Slot(0), order.tolist()), Take(axis=-1))
        tensor = rewrite.operate(take, take.with_tensors([tensor]))
    if value.affine is not None:
        scale = rewrite.helper(keras.layers.DepthwiseConv2D, layer, value, "scale", {"kernel_size": 1})
        tensor = scale(tensor)
        scale.set_weights([value.affine.scale.reshape(1, 1, -1, 1), value.affine.shift])
    field = value.field.then(value.grid, (1, 1), (0, 0))
    return replace(value, tensor=tensor, kind=Kind.VECTOR, grid=(1, 1), field=field, channels_first=False, affine=None)
