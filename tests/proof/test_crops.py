"""Which cells are compared with crops when there are more than can be afforded."""

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers

from fullconv.convert.conversion import convolutionalize
from fullconv.convert.geometry import Geometry
from fullconv.proof.crops import compare_crops, size_for_crops

pytestmark = pytest.mark.numeric


@settings(max_examples=30)
@given(st.integers(3, 60), st.integers(1, 3))
def test_first_last_and_some_between_each_once_on_their_own_crop(most: int, count: int) -> None:
    classifier = keras.Sequential([keras.Input((2, 3, 1)), layers.Flatten(), layers.Dense(1, use_bias=False)])
    classifier.set_weights([np.array([[1.0], [0], [0], [0], [0], [0]])])
    # The score is the window's first pixel, and each pixel is another.
    images = np.arange(count * 6 * 9, dtype=np.float32).reshape(count, 6, 9, 1)
    seen: list[int] = []

    def scores_of(crops: np.ndarray) -> np.ndarray:
        seen.extend(int(crop[0, 0, 0]) for crop in crops)
        return np.asarray(classifier(crops))

    found, cells = compare_crops(scores_of, convolutionalize(classifier), images, most, batch=7)
    assert cells == count * 5 * 7
    assert found.largest == 0
    assert found.count == len(seen) == len(set(seen))
    assert found.count == count * min(max(2, most // count), 35)
    first = {index * 54 for index in range(count)}
    assert first <= set(seen)
    assert {start + 4 * 9 + 6 for start in first} <= set(seen)


@pytest.mark.parametrize("stride", [(1, 1), (2, 3), (8, 8), (32, 32)])
@pytest.mark.parametrize("window", [(1, 1), (5, 9), (28, 28), (224, 200)])
def test_a_random_image_has_several_cells_and_sides_that_differ(
    window: tuple[int, int], stride: tuple[int, int]
) -> None:
    height, width = size_for_crops(Geometry(window, stride, (0, 0)))
    assert height - window[0] != width - window[1]
    rows, cols = Geometry(window, stride, (0, 0)).cells(height, width)
    assert rows * cols >= 2 or min(window) < max(stride)
