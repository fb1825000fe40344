"""Random images: the same every time, unlike one another, in the range that a classifier reads."""

import keras
import numpy as np
import pytest
from keras import layers

from fullconv.proof.samples import Samples, white_of


def images(white: float, seed: int = 0) -> np.ndarray:
    return Samples(white, np.random.default_rng(seed)).images(8, 9, 14, 3)


@pytest.mark.parametrize("white", [1.0, 255.0])
def test_shape_range_and_repeat(white: float) -> None:
    made = images(white)
    assert made.shape == (8, 9, 14, 3)
    assert made.dtype == np.float32
    assert made.min() >= 0
    assert made.max() <= white
    assert made.max() > 0.8 * white
    np.testing.assert_array_equal(made, images(white))
    assert not np.array_equal(made, images(white, seed=1))


def test_images_differ_in_brightness_and_contrast_unlike_even_noise() -> None:
    rng = np.random.default_rng(0)
    made, noise = Samples(1.0, rng).images(30, 32, 32, 3), rng.random((30, 32, 32, 3))
    for measure in (np.mean, np.std):
        apart, even = (np.std([measure(image) for image in some]) for some in (made, noise))
        assert apart > 10 * even


def pooled(*first: layers.Layer) -> keras.Model:
    """Two classes from the mean of each channel: a step that is far from 0 at 255 and at the middle for 0..1."""
    head = layers.Dense(2, activation="softmax")
    made = keras.Sequential([keras.Input((8, 8, 3)), *first, layers.GlobalAveragePooling2D(), head])
    head.set_weights([np.array([[4.0, 0], [0, 4], [0, 0]]), np.zeros(2)])
    return made


def white_seen_by(classifier: keras.Model) -> float:
    return white_of(lambda some: np.asarray(classifier(some)), (8, 8, 3))


def test_white_is_1_for_a_classifier_that_reads_0_to_1() -> None:
    assert white_seen_by(pooled()) == 1.0


def test_white_is_255_for_a_classifier_that_rescales_itself() -> None:
    assert white_seen_by(pooled(layers.Rescaling(1 / 255))) == 255.0


def test_white_of_a_blind_classifier_is_where_it_sees_most() -> None:
    assert white_of(lambda some: np.ones((len(some), 2), np.float32), (8, 8, 3)) == 1.0
    assert white_of(lambda some: 1 + some.mean(axis=(1, 2)) / 1e6, (8, 8, 3)) == 255.0
