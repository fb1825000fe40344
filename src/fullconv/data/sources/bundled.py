"""A small data set that needs no download: scikit-learn's digits in the shape of MNIST."""

from typing import Any

import numpy as np

from fullconv.data.arrays import Arrays

_TEST = 360  # of 1,797
_SIDE, _MARGIN = 20, 4  # MNIST's own layout: the digit in 20x20 pixels, a dark margin of 4 around it


def digits_like_mnist() -> Arrays:
    """scikit-learn's 8x8 digits as uint8 `(N, 28, 28, 1)`: 1,437 for training, 360 for testing, stratified.

    The same arrays at every call.
    """
    from skimage.transform import resize
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    bundle: Any = load_digits()
    # The digits stand as channels, so that one call resizes them all.
    small = np.moveaxis(bundle.images / 16.0, 0, -1)
    large = np.moveaxis(resize(small, (_SIDE, _SIDE), order=1, anti_aliasing=False), -1, 0)
    pixels = np.rint(large.clip(0, 1) * 255).astype(np.uint8)
    images = np.pad(pixels, ((0, 0), (_MARGIN, _MARGIN), (_MARGIN, _MARGIN)))[..., np.newaxis]
    labels = bundle.target.astype(np.int32)
    train, test = train_test_split(np.arange(len(labels)), test_size=_TEST, stratify=labels, random_state=0)
    return Arrays(images[train], labels[train], images[test], labels[test])
