"""Kernels as pictures: one plane for each input and output of a layer."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from fullconv.convert.graph import Step
from fullconv.inspect.walk import walk

Array = npt.NDArray[Any]

MOST_FILTERS = 64  # pictures of a layer whose filters stand alone
WITHIN = 0.995  # share of the weights within a layer's limit: a few large ones would leave the others pale
MOST_PLANES = 16  # inputs, and as many outputs, of a layer whose filters have a plane an input

# What leaves each number where it was, as a picture sees it.
_PLACED = (
    keras.layers.Activation,
    keras.layers.BatchNormalization,
    keras.layers.Dropout,
    keras.layers.LeakyReLU,
    keras.layers.Normalization,
    keras.layers.ReLU,
    keras.layers.Rescaling,
    keras.layers.ZeroPadding2D,
)


@dataclass(frozen=True)
class LayerKernels:
    """A layer's first kernels, as they are.

    `pictures` are `(R, F, h, w)`: F filters, with one plane for each of R inputs, or one plane each (R = 1); a layer
    that reads an RGB image has pictures `(1, F, h, w, 3)`. `limit` is what 99.5 % of the whole layer's weights lie
    within, without their signs; `inputs` and `filters` are how many the layer has.
    """

    name: str
    kind: str
    pictures: Array
    limit: float
    inputs: int
    filters: int

    @property
    def coloured(self) -> bool:
        """Whether a picture has red, green and blue."""
        return self.pictures.ndim == 5


@dataclass(frozen=True)
class _Read:
    """What a layer reads: the image itself, or a vector that was a map `(H, W, C)`."""

    image: bool = False
    flattened: tuple[int, ...] | None = None


def kernel_pictures(classifier: Any) -> list[LayerKernels]:
    """Return the kernels of each layer that convolves, and of each dense layer that reads a flattened map.

    At most 64 filters of a layer whose filters stand alone (one input, RGB, or one filter a channel), else the planes
    of the first 16 inputs and 16 filters. A dense unit on a flattened map is a filter of the map's size.

    Raises:
        InputError: the model has no graph of layers to walk.
    """
    found: list[LayerKernels] = []
    seen: set[int] = set()

    def visit(name: str, step: Step, read: list[_Read]) -> list[_Read]:
        if id(step.layer) not in seen:
            seen.add(id(step.layer))
            found.extend(_kernels(name, step.layer, read[0]))
        return [_after(step, read[0])] * len(step.outputs)

    walk(classifier, _Read(image=True), visit)
    return found


def _after(step: Step, read: _Read) -> _Read:
    if isinstance(step.layer, keras.layers.Flatten) and len(step.shapes[0]) == 4:
        shape = tuple(int(size or 0) for size in step.shapes[0][1:])
        # Keras moves channels that are first to the end before it flattens.
        return _Read(read.image, (*shape[1:], shape[0]) if step.layer.data_format == "channels_first" else shape)
    return read if isinstance(step.layer, _PLACED) else _Read()


def _kernels(name: str, layer: Any, read: _Read) -> Iterator[LayerKernels]:
    kind = type(layer).__name__
    if isinstance(layer, keras.layers.Conv2D):
        yield _pictures(name, kind, _array(layer.kernel), read.image)
    elif isinstance(layer, keras.layers.DepthwiseConv2D):
        yield _pictures(name, kind, _alone(_array(layer.kernel)), False)
    elif isinstance(layer, keras.layers.SeparableConv2D):
        yield _pictures(f"{name} depthwise", kind, _alone(_array(layer.depthwise_kernel)), False)
        yield _pictures(f"{name} pointwise", kind, _array(layer.pointwise_kernel), False)
    elif isinstance(layer, keras.layers.Dense) and read.flattened is not None:
        yield _pictures(name, kind, _array(layer.kernel).reshape(*read.flattened, -1), read.image)


def _array(kernel: Any) -> Array:
    return np.asarray(keras.ops.convert_to_numpy(kernel))


def _alone(kernel: Array) -> Array:
    """Return a depthwise kernel `(h, w, C, M)` as `(h, w, 1, C * M)`: each filter reads one channel."""
    return kernel.reshape(*kernel.shape[:2], 1, -1)


def _pictures(name: str, kind: str, kernel: Array, reads_image: bool) -> LayerKernels:
    """Return the pictures of a kernel `(h, w, C, F)`."""
    inputs, filters = kernel.shape[2:]
    if reads_image and inputs == 3:
        pictures = np.moveaxis(kernel, 3, 0)[np.newaxis, :MOST_FILTERS]
    else:
        most = MOST_FILTERS if inputs == 1 else MOST_PLANES
        pictures = kernel.transpose(2, 3, 0, 1)[:MOST_PLANES, :most]
    limit = float(np.quantile(np.abs(kernel), WITHIN))
    return LayerKernels(name, kind, pictures, limit, inputs, filters)
