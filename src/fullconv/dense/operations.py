"""What a layer of a converted network does to a map, apart from where it does it.

An engine moves cells apart or into fragments; it needs to know only how far a layer reaches. A layer without an
entry here can still be computed by shift-and-stitch, which runs the network as it is.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras

from fullconv.convert.geometry import Pair
from fullconv.convert.graph import Operator
from fullconv.convert.layers import EdgePadding2D
from fullconv.errors import InputError

Amounts = tuple[Pair, Pair]  # cells ((above, below), (left, right))
NONE: Amounts = ((0, 0), (0, 0))


@dataclass(frozen=True)
class Reach:
    """How far a layer looks, in cells of its input: taps, strides, spacing of taps, padding."""

    kernel: Pair
    stride: Pair
    dilation: Pair
    padding: Amounts

    def span(self, axis: int) -> int:
        """Return from the first to the last tap, both counted."""
        return (self.kernel[axis] - 1) * self.dilation[axis] + 1


@dataclass(frozen=True)
class Convolution:
    """A convolution with its bias and activation; between the two a batch normalization may have been drawn in."""

    layer: Any
    reach: Reach
    normalization: Any = None

    @property
    def by_channel(self) -> bool:
        """Whether each channel is convolved alone."""
        return not isinstance(self.layer, keras.layers.Conv2D)

    @property
    def products(self) -> int:
        """Multiplications for one cell of the result."""
        names = ("kernel", "depthwise_kernel", "pointwise_kernel")
        return sum(math.prod(getattr(self.layer, name).shape) for name in names if hasattr(self.layer, name))


@dataclass(frozen=True)
class Pool:
    """A maximum or mean over neighbours; padding does not count in either."""

    layer: Any
    reach: Reach
    maximum: bool


@dataclass(frozen=True)
class Border:
    """Cells added around a map, or taken off where an amount is negative."""

    layer: Any
    amounts: Amounts
    repeat: bool = False  # the edge is repeated; otherwise zeros


@dataclass(frozen=True)
class Cellwise:
    """A function of each cell alone, of one map or of several alike."""

    layer: Any

    def __call__(self, tensors: list[Any]) -> Any:
        """Return the map that the layer makes of maps."""
        if isinstance(self.layer, Operator):
            return self.layer.apply(self.layer.with_tensors(tensors), self.layer.name)
        return self.layer(tensors if len(tensors) > 1 else tensors[0], training=False)


Operation = Convolution | Pool | Border | Cellwise
_READERS: dict[type, Callable[[Any], Operation]] = {}


def operation_of(layer: Any) -> Operation:
    """Return what a layer does.

    Raises:
        InputError: only shift-and-stitch can compute the layer.
    """
    reader = _READERS.get(type(layer))
    if reader is None:
        raise InputError(
            f"layer {str(layer.name)!r}",
            f"{type(layer).__name__}: how far it reaches is not known",
            "Use engine='stitch', or say so with fullconv.dense.operations.reads.",
        )
    return reader(layer)


def reads(*classes: type) -> Callable[[Callable[[Any], Operation]], Callable[[Any], Operation]]:
    """Register a function that tells what layers of these classes do; a layer of one's own is often `Cellwise`."""

    def register(reader: Callable[[Any], Operation]) -> Callable[[Any], Operation]:
        _READERS.update(dict.fromkeys(classes, reader))
        return reader

    return register


def _pair(value: Any) -> Pair:
    return (value, value) if isinstance(value, int) else (int(value[0]), int(value[1]))


def _reach(layer: Any, kernel: Any, dilation: Any = 1) -> Reach:
    kernel, dilation = _pair(kernel), _pair(dilation)
    padding = NONE
    if layer.padding == "same":
        # A conversion keeps `same` only where it pads alike at every size: as if no cell were left over.
        y, x = ((taps - 1) * space for taps, space in zip(kernel, dilation, strict=True))
        padding = ((y // 2, y - y // 2), (x // 2, x - x // 2))
    return Reach(kernel, _pair(layer.strides), dilation, padding)


@reads(keras.layers.Conv2D, keras.layers.DepthwiseConv2D, keras.layers.SeparableConv2D)
def _convolution(layer: Any) -> Operation:
    return Convolution(layer, _reach(layer, layer.kernel_size, layer.dilation_rate))


@reads(keras.layers.MaxPooling2D, keras.layers.AveragePooling2D)
def _pool(layer: Any) -> Operation:
    return Pool(layer, _reach(layer, layer.pool_size), isinstance(layer, keras.layers.MaxPooling2D))


@reads(keras.layers.ZeroPadding2D, EdgePadding2D)
def _padding(layer: Any) -> Operation:
    return Border(layer, layer.padding, repeat=isinstance(layer, EdgePadding2D))


@reads(keras.layers.Cropping2D)
def _cropping(layer: Any) -> Operation:
    (above, below), (left, right) = layer.cropping
    return Border(layer, ((-above, -below), (-left, -right)))


@reads(
    Operator,
    keras.layers.Activation,
    keras.layers.Add,
    keras.layers.Average,
    keras.layers.BatchNormalization,
    keras.layers.Concatenate,
    keras.layers.ELU,
    keras.layers.LayerNormalization,
    keras.layers.LeakyReLU,
    keras.layers.Maximum,
    keras.layers.Minimum,
    keras.layers.Multiply,
    keras.layers.Normalization,
    keras.layers.PReLU,
    keras.layers.ReLU,
    keras.layers.Rescaling,
    keras.layers.Softmax,
    keras.layers.Subtract,
    keras.layers.UnitNormalization,
)
def _cellwise(layer: Any) -> Operation:
    return Cellwise(layer)
