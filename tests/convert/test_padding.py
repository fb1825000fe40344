"""Keras' own `same` padding, found by experiment, against the arithmetic."""

import keras
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fullconv.convert.padding import axis_padding, layer_padding, output_cells, output_grid

pytestmark = pytest.mark.numeric


def keras_reach(size: int, kernel: int, stride: int) -> list[list[int]]:
    """Return, for each output of a `same` convolution, the inputs that it reads."""
    layer = keras.layers.Conv1D(1, kernel, strides=stride, padding="same", kernel_initializer="ones")
    reached = np.asarray(layer(np.eye(size, dtype="float32")[..., np.newaxis]))[..., 0]
    return [list(np.flatnonzero(column)) for column in reached.T]


@settings(max_examples=40)
@given(st.integers(1, 14), st.integers(1, 5), st.integers(1, 4))
def test_same_padding_is_keras(size: int, kernel: int, stride: int) -> None:
    axis = axis_padding(size, kernel, stride, same=True)
    starts = range(-axis.before, size, stride)
    windows = [[i for i in range(start, start + kernel) if 0 <= i < size] for start in starts]
    reach = keras_reach(size, kernel, stride)
    assert windows[: len(reach)] == reach
    assert output_cells(size, kernel, stride, axis) == len(reach)


@pytest.mark.parametrize("sizes", [(28, 14, 7), (128, 64, 32)])
def test_stride_2_padding_along_two_image_sizes(sizes: tuple[int, ...]) -> None:
    amounts = [(axis.before, axis.after) for axis in (axis_padding(size, 3, 2, same=True) for size in sizes)]
    assert amounts == [(0, 1), (0, 1), (1, 1) if sizes[-1] == 7 else (0, 1)]


@settings(max_examples=300)
@given(st.integers(1, 20), st.integers(1, 6), st.integers(1, 4), st.integers(0, 3), st.booleans())
def test_steady_padding_never_moves_a_window(size: int, kernel: int, stride: int, spare: int, same: bool) -> None:
    """By brute force over larger sizes: the first window stays, and a cell is added per stride, whole with `spare`."""
    assume((same or kernel <= size) and spare < stride)
    axis = axis_padding(size, kernel, stride, same, spare)
    cells = output_cells(size, kernel, stride, axis)
    stays = same or axis.end > 0
    for more in range(3 * stride + 1):
        larger = axis_padding(size + more, kernel, stride, same=True)
        grown = output_cells(size + more, kernel, stride, larger)
        stays &= larger.before == axis.before and grown == cells + (more + spare) // stride
        # What the conversion adds instead gives as many.
        assert (size + more + axis.before + axis.end - kernel) // stride + 1 == cells + (more + spare) // stride
    assert axis.steady == stays


def test_both_axes() -> None:
    padding = layer_padding((28, 13), (3, 2), (2, 2), same=True)
    assert padding.amounts == ((0, 1), (0, 1))
    assert output_grid((28, 13), (3, 2), (2, 2), padding) == (14, 7)
    assert not padding.steady
    assert layer_padding((28, 13), (3, 3), (2, 1), same=False).frame == ((0, -1), (0, 0))
