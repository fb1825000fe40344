"""The layer that repeats the edge, against NumPy."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fullconv.convert.layers import EdgePadding2D

pytestmark = pytest.mark.numeric

amounts = st.tuples(st.tuples(st.integers(0, 4), st.integers(0, 4)), st.tuples(st.integers(0, 4), st.integers(0, 4)))


@settings(max_examples=40)
@given(amounts, st.integers(1, 4), st.integers(1, 4))
def test_repeats_the_edge(padding: tuple[tuple[int, int], tuple[int, int]], height: int, width: int) -> None:
    layer = EdgePadding2D(padding)
    image = np.random.default_rng(0).random((2, height, width, 3), dtype=np.float32)
    expected = np.pad(image, ((0, 0), *padding, (0, 0)), mode="edge")
    np.testing.assert_array_equal(layer(image), expected)
    assert layer.compute_output_shape(image.shape) == expected.shape
    unknown = keras.Input((None, None, 3))
    np.testing.assert_array_equal(keras.Model(unknown, layer(unknown))(image), expected)


def test_unknown_sides_stay_unknown() -> None:
    assert EdgePadding2D(((1, 2), (3, 4))).compute_output_shape((None, None, 5, 2)) == (None, None, 12, 2)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64", "mixed_float16"])
def test_number_formats(dtype: str) -> None:
    layer = EdgePadding2D(((1, 0), (0, 1)), dtype=dtype)
    assert keras.backend.standardize_dtype(layer(np.ones((1, 2, 2, 1))).dtype) == layer.compute_dtype


def test_configuration_round_trip() -> None:
    layer = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(EdgePadding2D(((1, 2), (3, 4)))))
    assert isinstance(layer, EdgePadding2D)
    assert layer.padding == ((1, 2), (3, 4))
