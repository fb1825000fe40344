"""Kernels of Keras 1, and of other backends than TensorFlow, as TensorFlow reads them."""

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.models.files.version import Version
from fullconv.models.files.weights.parts import Part
from fullconv.models.files.weights.slots import Array, leaves

_TURNING = ("theano", "cntk")  # backends that read a kernel from its last row and column to its first


def _numbers(array: Array, channels_first: bool, turn: bool) -> npt.NDArray[Any]:
    values = array.read()
    if channels_first:
        values = values.transpose(2, 3, 1, 0)
    return values[::-1, ::-1] if turn else values


def turned(
    network: Part, listed: dict[str, list[Array]], version: Version, backend: str | None
) -> dict[str, list[Array]]:
    """Return the arrays of each layer, kernels of four axes with rows and columns first and read as TensorFlow does."""
    turn = backend in _TURNING
    if not turn and version.major != 1:
        return listed
    first = {
        one.name
        for part in network.parts
        for one, _ in leaves(part)
        if version.major == 1 and getattr(one.layer, "data_format", None) == "channels_first"
    }
    return {name: [_turned(one, name in first, turn) for one in arrays] for name, arrays in listed.items()}


def _turned(array: Array, channels_first: bool, turn: bool) -> Array:
    if len(array.shape) != 4:
        return array
    shape = tuple(np.array(array.shape)[[2, 3, 1, 0]].tolist()) if channels_first else array.shape
    return replace(array, shape=shape, read=partial(_numbers, array, channels_first, turn))
