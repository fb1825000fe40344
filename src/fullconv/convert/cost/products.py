"""How many multiply–accumulates one call of a layer takes, from its settings and shapes alone.

Source of the counts: Dumoulin and Visin, *A guide to convolution arithmetic for deep learning*, 2016; for separable
kernels: Howard et al., *MobileNets*, 2017, section 3.1. A rule is found by exact class: a subclass may compute
something else.
"""

import math
from collections.abc import Callable
from typing import Any

import keras

from fullconv.convert.graph import Operator, Shape
from fullconv.convert.rules.per_number import ELEMENTWISE
from fullconv.convert.rules.per_pixel import ALONG_CHANNELS, OVER_CHANNELS
from fullconv.convert.rules.places import REARRANGING

Count = Callable[[Any, Shape, Shape], int]  # layer, shape that it reads, shape that it writes

# These weigh or shift each number alone, or look it up: work that can be folded into the layers beside them.
_SCALE = (
    keras.layers.BatchNormalization,
    keras.layers.Embedding,
    keras.layers.GroupNormalization,
    keras.layers.LayerNormalization,
    keras.layers.Normalization,
    keras.layers.PReLU,
)
_SCALE_BY_NAME = ("LayerScale", "RMSNormalization")  # of keras.applications, or not in every version
# Products of whole tensors without weights.
_PRODUCTS = ("AdditiveAttention", "Attention", "Dot", "MelSpectrogram", "STFTSpectrogram")
_OURS = ("keras.", "fullconv.")

_SUMMARIES = OVER_CHANNELS | {"average_pool", "max_pool"}
_FREE_OPERATORS = ELEMENTWISE | ALONG_CHANNELS | REARRANGING | _SUMMARIES | {"pad"}


def products(layer: Any, read: tuple[Shape, ...], written: Shape) -> int | None:
    """Return the multiply–accumulates of one call for one image, None where they are not known.

    Biases, activations, pools, sums of branches and normalizations count as none.
    """
    if isinstance(layer, Operator):
        return _of_operator(layer, read, written)
    count = _COUNTS.get(type(layer))
    if count is None:
        return 0 if _is_free(layer) else None
    if any(side is None for side in (*read[0][1:], *written[1:])):
        return None
    return count(layer, read[0], written)


def _of_operator(operator: Operator, read: tuple[Shape, ...], written: Shape) -> int | None:
    if operator.function in _FREE_OPERATORS:
        return 0
    shapes = [getattr(one, "shape", None) for one in operator.arguments]
    sides = (*written[1:], read[0][-1])
    if operator.function != "matmul" or len(read) > 1 or not shapes[-1] or len(shapes[-1]) != 2 or None in sides:
        return None
    return math.prod(side for side in sides if side is not None)  # each number written is a sum over the channels


def _is_free(layer: Any) -> bool:
    kind = type(layer)
    keras_own = kind.__module__.startswith(_OURS)
    if kind in _SCALE or (keras_own and kind.__name__ in _SCALE_BY_NAME):
        return True
    return keras_own and not layer.weights and kind.__name__ not in _PRODUCTS


def _elements(shape: Shape) -> int:
    return math.prod(side for side in shape[1:] if side is not None)


def _channels(layer: Any, shape: Shape) -> int:
    return int(shape[1 if layer.data_format == "channels_first" else -1] or 0)


def _area(layer: Any) -> int:
    return math.prod(int(side) for side in layer.kernel_size)


def _dense(layer: Any, read: Shape, written: Shape) -> int:
    return _elements(written) * int(read[-1] or 0)


def _convolution(layer: Any, read: Shape, written: Shape) -> int:
    # Each number that it writes reads the kernel of one filter.
    return _elements(written) * _area(layer) * _channels(layer, read) // int(layer.groups)


def _depthwise(layer: Any, read: Shape, written: Shape) -> int:
    return _elements(written) * _area(layer)


def _separable(layer: Any, read: Shape, written: Shape) -> int:
    cells = _elements(written) // layer.filters
    between = _channels(layer, read) * layer.depth_multiplier
    return int(cells * between * (_area(layer) + layer.filters))


def _transposed(layer: Any, read: Shape, written: Shape) -> int:
    # Each number that it reads goes through the kernel to every filter; what is cropped off is computed too.
    return int(_elements(read) * _area(layer) * layer.filters)


def _einsum(layer: Any, read: Shape, written: Shape) -> int:
    """Return the product of the lengths of all axes that the equation names, but the batch."""
    inputs, weights = layer.equation.split("->")[0].split(",")
    leading = inputs.index("...") if "..." in inputs else len(inputs)
    before, after = inputs[:leading], inputs[leading:].removeprefix("...")
    shared = read[len(before) : len(read) - len(after)]  # axes that the dots stand for
    named = [*zip(before, read, strict=False), *zip(after, read[len(read) - len(after) :], strict=True)]
    lengths = dict(zip(weights.replace("...", ""), layer.kernel.shape, strict=True)) | dict(named)
    return math.prod(length for length in (*lengths.values(), *shared) if length is not None)


_COUNTS: dict[type, Count] = {
    keras.layers.Dense: _dense,
    keras.layers.EinsumDense: _einsum,
    **dict.fromkeys((keras.layers.Conv1D, keras.layers.Conv2D, keras.layers.Conv3D), _convolution),
    **dict.fromkeys((keras.layers.DepthwiseConv1D, keras.layers.DepthwiseConv2D), _depthwise),
    **dict.fromkeys((keras.layers.SeparableConv1D, keras.layers.SeparableConv2D), _separable),
    **dict.fromkeys(
        (keras.layers.Conv1DTranspose, keras.layers.Conv2DTranspose, keras.layers.Conv3DTranspose), _transposed
    ),
}
