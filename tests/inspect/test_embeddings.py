"""Vectors of a layer: which layer, its numbers, what a map becomes."""

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from fullconv.errors import InputError
from fullconv.inspect import embeddings as module
from fullconv.inspect.embeddings import embedding_layer, embeddings, layer_names

IMAGES = np.random.default_rng(3).random((7, 10, 8, 3)).astype(np.float32)


def test_by_default_what_the_last_layer_with_a_kernel_reads(nested: Any) -> None:
    assert embedding_layer(nested) == "hidden"
    cut = keras.Model(nested.inputs[0], nested.get_layer("hidden").output)
    np.testing.assert_allclose(embeddings(nested, IMAGES), np.asarray(cut(IMAGES)), atol=1e-5)


def test_a_softmax_of_its_own_and_a_convolution_as_head(fill: Any) -> None:
    """The scores' layer is a 1×1 convolution, what it reads a map: pooled."""
    model = fill(
        keras.Sequential(
            [
                keras.Input((10, 8, 3), name="image"),
                layers.Conv2D(4, 3, name="features"),
                layers.Conv2D(3, 1, name="scores"),
                layers.GlobalAveragePooling2D(name="mean"),
                layers.Softmax(name="softmax"),
            ]
        )
    )
    assert embedding_layer(model) == "features"
    maps = np.asarray(model.get_layer("features")(IMAGES))
    np.testing.assert_allclose(embeddings(model, IMAGES), maps.mean(axis=(1, 2)), atol=1e-6)


def test_the_image_itself_is_flattened(nested: Any) -> None:
    np.testing.assert_array_equal(embeddings(nested, IMAGES, "image"), IMAGES.reshape(7, -1))


def test_batches_make_no_difference(nested: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = embeddings(nested, IMAGES, "block/conv")
    assert whole.shape == (7, 6)
    monkeypatch.setattr(module, "BATCH", 3)
    np.testing.assert_allclose(embeddings(nested, IMAGES, "block/conv"), whole, atol=1e-6)


def test_an_unknown_layer_is_refused_with_the_names_that_there_are(nested: Any) -> None:
    with pytest.raises(InputError, match=r"^inspect\.layer: received 'conv_9'.*image.*block/conv.*hidden, classes"):
        embeddings(nested, IMAGES, "conv_9")
    assert layer_names(nested)[0] == "image"


def test_no_kernel_no_default() -> None:
    model = keras.Sequential([keras.Input((4, 4, 1)), layers.GlobalMaxPooling2D(name="pool")])
    with pytest.raises(InputError, match=r"^inspect\.layer: null.*pool"):
        embedding_layer(model)


def test_no_image_and_images_of_another_size_are_refused(nested: Any) -> None:
    with pytest.raises(InputError, match=r"^images: none"):
        embeddings(nested, IMAGES[:0])
    with pytest.raises(InputError, match=r"^images: shape"):
        embeddings(nested, IMAGES[:, :, :, :1])
