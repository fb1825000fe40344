"""A regression learnt from windows whose objects have known frames."""

from typing import Any

import keras
import numpy as np
import pytest

from fullconv.data.windows.windows import Windows
from fullconv.errors import InputError
from fullconv.models.boxes import BoxRegression, seen_by
from fullconv.train.boxes import fitted_boxes, flat

pytestmark = pytest.mark.numeric

SIDE = 16


def rectangles(count: int, seed: int) -> Windows:
    """Return windows of bright rectangles of any size and shape; of every fifth nothing is known."""
    rng = np.random.default_rng(seed)
    size, shape = rng.normal(0, 0.15, count), rng.normal(0, 0.4, count)
    high, wide = 8 * np.exp(size + shape / 2), 8 * np.exp(size - shape / 2)
    place = np.abs(np.arange(SIDE) + 0.5 - SIDE / 2)
    rows = np.clip(high[:, np.newaxis] / 2 - place + 0.5, 0, 1)
    cols = np.clip(wide[:, np.newaxis] / 2 - place + 0.5, 0, 1)
    images = np.rint(255 * rows[:, :, np.newaxis] * cols[:, np.newaxis])[..., np.newaxis].astype(np.uint8)
    frames = np.stack([size, shape], axis=1).astype(np.float32)
    frames[::5] = np.nan
    return Windows(images, np.zeros(count, np.int32), np.ones(count, np.float32), frames)


@pytest.fixture(scope="module")
def classifier() -> Any:
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 1), name="image"),
            keras.layers.Conv2D(4, 3, strides=2, activation="relu", name="first"),
            keras.layers.Flatten(name="flatten"),
            keras.layers.Dense(8, activation="relu", name="hidden"),
            keras.layers.Dense(2, activation="softmax", name="classes"),
        ]
    )


def test_sizes_and_shapes_are_read_from_what_the_network_sees(classifier: Any) -> None:
    boxes = fitted_boxes(classifier, rectangles(2000, 0), rectangles(300, 1))
    assert boxes is not None
    others = rectangles(300, 2)
    known = np.isfinite(np.asarray(others.frames)).all(axis=1)
    images = others.images[known].astype(np.float32) / np.float32(255)
    read, true = boxes(flat(seen_by(classifier), images)), np.asarray(others.frames)[known]
    # The spread that is left, of what it was.
    assert (read - true).std(axis=0) == pytest.approx([0, 0], abs=0.3 * 0.15)
    assert abs((read - true).mean(axis=0)) == pytest.approx([0, 0], abs=0.02)


def test_what_never_differs_is_read_as_it_is(classifier: Any) -> None:
    drawn, held_out = rectangles(1000, 0), rectangles(200, 1)
    for one in (drawn, held_out):
        assert one.frames is not None
        one.frames[:, 1] = 0.25
    boxes = fitted_boxes(classifier, drawn, held_out)
    assert boxes is not None
    read = boxes(flat(seen_by(classifier), drawn.images[1:4].astype(np.float32) / np.float32(255)))
    assert read[:, 1] == pytest.approx([0.25] * 3, abs=1e-3)


def test_too_few_windows_teach_nothing(classifier: Any) -> None:
    few, none = rectangles(30, 0), rectangles(0, 1)
    assert fitted_boxes(classifier, few, rectangles(30, 1)) is None
    assert fitted_boxes(classifier, rectangles(2000, 0), none) is None


def test_a_network_without_the_layer_is_named() -> None:
    other = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)], name="other")
    with pytest.raises(InputError, match="other: no layer 'hidden'"):
        seen_by(other)


def test_it_is_a_product_and_a_sum() -> None:
    boxes = BoxRegression(np.array([[1, 2], [3, 4]], np.float32), np.array([0.5, -1], np.float32))
    assert boxes(np.array([[1, 1], [0, 2]], np.float32)).tolist() == [[4.5, 5.0], [6.5, 7.0]]
