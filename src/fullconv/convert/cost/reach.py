"""Which pixels a cell of each layer of a network has seen, at one image size."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import keras
import numpy as np

from fullconv.convert.geometry import Geometry, Pair
from fullconv.convert.graph import Operator, Shape
from fullconv.convert.layers import EdgePadding2D, Windows2D
from fullconv.convert.padding import layer_padding
from fullconv.convert.rules import applications, cells, joins, scales
from fullconv.convert.rules.per_number import ELEMENTWISE
from fullconv.convert.rules.per_pixel import ALONG_CHANNELS, COLOURS, OVER_CHANNELS
from fullconv.convert.rules.places import REARRANGING, moves
from fullconv.convert.rules.pools import window_pool
from fullconv.convert.rules.registry import RULES
from fullconv.convert.rules.spatial import pair
from fullconv.convert.rules.values import Kind, Value

PIXEL = Geometry(window=(1, 1), stride=(1, 1), offset=(0, 0))

# The rules of layers that compute each number, or each cell, alone.
_CELLWISE = {
    applications.layer_scale,
    applications.scaled_sum,
    cells.activation,
    cells.elementwise,
    cells.prelu,
    cells.training_only,
    joins.join,
    scales.batch_normalization,
    scales.normalization,
    scales.rescaling,
}
# The same along the channels; along another axis, not.
_ALONG_AXIS = {cells.along_channels, joins.concatenate}
_NEIGHBOURS = (
    keras.layers.Conv2D,
    keras.layers.DepthwiseConv2D,
    keras.layers.SeparableConv2D,
    keras.layers.MaxPooling2D,
    keras.layers.AveragePooling2D,
)
_PADDING = (keras.layers.ZeroPadding2D, EdgePadding2D)


@dataclass(frozen=True)
class Seen:
    """What a cell of a tensor has seen, in pixels; `field` is None where that is not known.

    A field of stride 0 is that of every cell alike: the whole image.
    """

    field: Geometry | None
    channels_first: bool = False

    def is_channel_axis(self, axis: Any, rank: int) -> bool:
        """Return whether an axis, given alone or in a list, is that of the channels."""
        alone = axis[0] if isinstance(axis, list | tuple) and len(axis) == 1 else axis
        channels = 1 if self.channels_first else rank - 1
        return isinstance(alone, int) and alone % rank == channels


def whole(image: Pair) -> Geometry:
    """Return the field of cells that have each seen all of an image of `(height, width)` pixels."""
    return Geometry(window=image, stride=(0, 0), offset=(0, 0))


def seen_by(layer: Any, seen: Sequence[Seen], read: tuple[Shape, ...], image: Pair) -> Seen:
    """Return what a layer's cells have seen, from what those have that it reads, of shapes `read`."""
    first = seen[0]
    if any(each.field is None for each in seen):
        return replace(first, field=None)
    if isinstance(layer, keras.layers.Permute):
        moved = tuple(layer.dims) in ((3, 1, 2), (2, 3, 1))
        return Seen(first.field if moved else None, first.channels_first != moved)
    if isinstance(layer, Operator) and layer.function in REARRANGING:
        return _after_moves(layer, seen, read, image)
    return replace(first, field=_field(layer, seen, read, image))


def _after_moves(layer: Operator, seen: Sequence[Seen], read: tuple[Shape, ...], image: Pair) -> Seen:
    field = _united([each.field for each in seen if each.field is not None])
    if field is None or field.stride == (0, 0) or any(None in shape[1:] for shape in read):
        return Seen(field, seen[0].channels_first)
    ranks = {4: Kind.MAP, 3: Kind.PLANE, 2: Kind.VECTOR}
    values = [
        Value(np.empty((0, _channels(shape, each))), ranks[len(shape)], _rows(shape, each), PIXEL, each.channels_first)
        for shape, each in zip(read, seen, strict=True)
        if len(shape) in ranks
    ]
    try:
        found = moves(layer, values)[0] if len(values) == len(read) else None
    except Exception:  # as a rule of the conversion would say
        found = None
    if found is None:
        return Seen(None, seen[0].channels_first)
    if found.kind is Kind.FLAT:
        return Seen(whole(image), found.channels_first)
    before = (-found.start[0], -found.start[1])
    return Seen(field.then((1, 1), found.step, before), found.channels_first)


def _channels(shape: Shape, seen: Seen) -> int:
    return 1 if len(shape) == 3 else int(shape[1 if seen.channels_first else -1] or 0)


def _rows(shape: Shape, seen: Seen) -> Pair:
    return _grid(seen.channels_first and len(shape) == 4, shape) if len(shape) > 2 else (1, 1)


def _field(layer: Any, seen: Sequence[Seen], read: tuple[Shape, ...], image: Pair) -> Geometry | None:
    fields = [each.field for each in seen if each.field is not None]
    field, shape, kind = fields[0], read[0], type(layer)
    if any(each.stride == (0, 0) for each in fields):
        return whole(image)  # there is nothing more to see
    if _is_cellwise(layer, seen[0], len(shape)):
        return _united(fields)
    if len(fields) > 1 or len(shape) != 4:
        return None
    if kind in _NEIGHBOURS:
        return _after_kernel(layer, field, _grid(layer.data_format == "channels_first", shape))
    if kind in _PADDING or kind is keras.layers.Cropping2D:
        sign = -1 if kind is keras.layers.Cropping2D else 1
        (above, _), (left, _) = getattr(layer, "cropping" if sign < 0 else "padding")
        return field.then((1, 1), (1, 1), (sign * above, sign * left))
    if kind is Windows2D:
        return field.then(layer.size, (1, 1), (0, 0))
    if _sums_up(layer, seen[0]):
        return field if _grid(seen[0].channels_first, shape) == (1, 1) else whole(image)
    return None


def _is_cellwise(layer: Any, seen: Seen, rank: int) -> bool:
    if isinstance(layer, Operator):
        alone = layer.function in ELEMENTWISE or layer.function in COLOURS
        along = layer.function in ALONG_CHANNELS | OVER_CHANNELS
        return alone or (along and seen.is_channel_axis(layer.get_config()["axis"], rank))
    rule = RULES.get(type(layer))
    if type(layer) is keras.layers.Dense:
        return seen.is_channel_axis(-1, rank)
    return rule in _CELLWISE or (rule in _ALONG_AXIS and seen.is_channel_axis(layer.axis, rank))


def _united(fields: Sequence[Geometry]) -> Geometry | None:
    """Return the smallest field around those of several branches, None where their cells do not align."""
    if len({field.stride for field in fields}) > 1:
        return None
    return reduce(Geometry.united, fields)


def _grid(channels_first: bool, shape: Shape) -> Pair:
    rows, cols = shape[2:] if channels_first else shape[1:3]
    return int(rows or 0), int(cols or 0)


def _after_kernel(layer: Any, field: Geometry, grid: Pair) -> Geometry:
    size = pair(getattr(layer, "kernel_size", None) or layer.pool_size)
    dilation = pair(getattr(layer, "dilation_rate", 1))
    kernel = (size[0] - 1) * dilation[0] + 1, (size[1] - 1) * dilation[1] + 1
    stride = pair(layer.strides)
    return field.then(kernel, stride, layer_padding(grid, kernel, stride, layer.padding == "same").before)


def _sums_up(layer: Any, seen: Seen) -> bool:
    """Return whether a layer makes a vector of a map."""
    if isinstance(layer, Operator):
        spatial = {2, 3} if seen.channels_first else {1, 2}
        return window_pool(layer) is not None and {axis % 4 for axis in layer.get_config()["axis"]} == spatial
    flattens = isinstance(layer, keras.layers.Reshape) and len(layer.target_shape) == 1
    return flattens or isinstance(layer, keras.layers.Flatten) or window_pool(layer) is not None
