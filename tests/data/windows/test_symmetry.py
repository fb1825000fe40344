"""Which ways of turning images leave a data set as it is."""

import numpy as np

from fullconv.data.sources.bundled import digits_like_mnist
from fullconv.data.windows.symmetry import KNOWN, symmetries_of, turned

RNG = np.random.default_rng(3)


def blobs(count: int, arrow: bool) -> np.ndarray:
    """Return spots anywhere; with `arrow`, always a bright bar at the left and a dim one at the top."""
    y, x = np.mgrid[:24, :24]
    middle = RNG.uniform(8.5, 14.5, (count, 2, 1, 1))
    images = 200 * np.exp(-((y - middle[:, 0]) ** 2 + (x - middle[:, 1]) ** 2) / 30)
    if arrow:
        images[:, :, :5] += 120
        images[:, :3] += 60
    return np.clip(images, 0, 255).astype(np.uint8)[..., np.newaxis]


def test_spots_may_be_turned_and_digits_may_not() -> None:
    assert symmetries_of(blobs(400, arrow=False), np.zeros(400, np.int32), 0) == KNOWN
    digits = digits_like_mnist()
    assert symmetries_of(digits.train_images, digits.train_labels, 0) == ()


def test_what_points_somewhere_is_not_turned_there() -> None:
    assert symmetries_of(blobs(200, arrow=True), np.zeros(200, np.int32), 0) == ()


def test_two_classes_that_are_mirror_images_of_each_other_are_not_mirrored() -> None:
    images = blobs(600, arrow=False)
    images[:300, :, :6] = 255
    images[300:, :, -6:] = 255
    labels = np.repeat(np.arange(2, dtype=np.int32), 300)
    found = symmetries_of(images, labels, 0)
    assert "left-right" not in found
    assert "up-down" in found


def test_images_that_are_all_unlike_are_mirrored_at_most() -> None:
    images = RNG.integers(0, 256, (60, 24, 24, 1), np.uint8).repeat(3, axis=3)
    assert symmetries_of(images, np.zeros(60, np.int32), 0) == ("left-right",)


def test_images_are_turned_in_those_ways_alone() -> None:
    images = RNG.random((50, 6, 6, 1)).astype(np.float32)
    out = turned(images.copy(), ("left-right",), np.random.default_rng(0))
    same = (out == images).all(axis=(1, 2, 3))
    mirrored = (out == images[:, :, ::-1]).all(axis=(1, 2, 3))
    assert (same ^ mirrored).all()
    assert 10 < same.sum() < 40
    np.testing.assert_array_equal(turned(images.copy(), (), np.random.default_rng(0)), images)
