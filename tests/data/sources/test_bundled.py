"""The bundled digits look like MNIST and are the same at every call."""

import numpy as np
from sklearn.datasets import load_digits

from fullconv.data.arrays import check_arrays, digests
from fullconv.data.sources.bundled import digits_like_mnist


def test_form_and_margin() -> None:
    arrays = digits_like_mnist()
    check_arrays(arrays, 10, "digits")
    assert arrays.train_images.shape == (1437, 28, 28, 1)
    assert arrays.test_images.shape == (360, 28, 28, 1)
    inside = np.zeros((28, 28), bool)
    inside[4:24, 4:24] = True
    assert not arrays.train_images[:, ~inside].any()
    assert arrays.train_images.max() > 240


def test_every_digit_stands_once_with_its_label() -> None:
    arrays, bundle = digits_like_mnist(), load_digits()
    images = np.concatenate([arrays.train_images, arrays.test_images])[:, 4:24, 4:24, 0]
    labels = np.concatenate([arrays.train_labels, arrays.test_labels])
    # Pixel (8, 8) of 8 x 8 stretched to 20 x 20 is centred on 2.5 times its place: compare at the nearest pixel.
    coarse = images[:, 1::5, 1::5].reshape(len(images), -1).astype(float) / 255 * 16
    original = bundle.images[:, ::2, ::2].reshape(len(images), -1)
    nearest = np.square(coarse[:, np.newaxis] - original).sum(axis=2).argmin(axis=1)
    assert (labels == bundle.target[nearest]).mean() > 0.98
    assert np.bincount(labels).tolist() == np.bincount(bundle.target).tolist()


def test_stratified() -> None:
    arrays = digits_like_mnist()
    train, test = np.bincount(arrays.train_labels) / 1437, np.bincount(arrays.test_labels) / 360
    np.testing.assert_allclose(train, test, atol=1 / 360)


def test_same_at_every_call() -> None:
    assert digests(digits_like_mnist()) == digests(digits_like_mnist())
