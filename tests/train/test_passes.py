"""Batches, their parts and what a validation pass sums."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from fullconv.train.passes import Sums, ValidationPass, part_sizes, pieces

pytestmark = pytest.mark.numeric


@given(st.integers(1, 300), st.integers(1, 20))
def test_parts_are_even_and_never_empty(size: int, shards: int) -> None:
    sizes = part_sizes(size, shards)
    assert sum(sizes) == size
    assert len(sizes) == min(size, shards)
    assert min(sizes) >= 1
    assert max(sizes) - min(sizes) <= 1


@given(st.integers(1, 400), st.integers(1, 50), st.integers(1, 12))
def test_pieces_cover_every_image_once(images: int, size: int, chunks: int) -> None:
    seen = []
    for first, batches, each in pieces(images, size, chunks):
        assert each == size or batches == 1
        seen += range(first * size, first * size + batches * each)
    assert seen == list(range(images))
    assert sum(1 for _ in pieces(images, size, chunks)) <= chunks + 1


def test_sums_weigh_every_image_alike() -> None:
    both = Sums(3.0, 1, 3).plus(Sums(1.0, 1, 1))
    assert both.logs("val_") == {"val_loss": 1.0, "val_accuracy": 0.5}


def test_validation_agrees_with_numpy() -> None:
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(3, "softmax")])
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (1203, 4, 4, 1), np.uint8)  # two whole batches and a rest of 203
    labels = rng.integers(0, 3, 1203).astype(np.int32)
    kernel, bias = model.get_weights()
    logits = images.reshape(len(images), -1) / 255.0 @ kernel.astype(np.float64) + bias
    right = np.mean(logits.argmax(1) == labels)
    loss = np.mean(np.log(np.exp(logits).sum(1)) - logits[np.arange(1203), labels])
    for shards in (1, 2, 3):
        logs = ValidationPass(model, tf.constant(images), tf.constant(labels), shards).run().logs()
        assert logs["accuracy"] == right
        np.testing.assert_allclose(logs["loss"], loss, rtol=1e-5)
