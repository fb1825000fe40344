"""Pixels of 0..1 in the ranges that networks read."""

import keras
import numpy as np
import pytest

from fullconv.errors import InputError
from fullconv.models.pixels import RANGES, checked_range, in_0_1, ranges_of, scaled

pytestmark = pytest.mark.numeric


@pytest.mark.parametrize(("name", "black", "white"), [("0..1", 0, 1), ("0..255", 0, 255), ("-1..1", -1, 1)])
def test_black_and_white(name: str, black: float, white: float) -> None:
    pixels = np.array([[[[0.0], [1.0]]]], np.float32)
    assert scaled(pixels, name).ravel().tolist() == [black, white]
    assert scaled(pixels, name).dtype == np.float32


@pytest.mark.parametrize(("name", "mode"), [("imagenet", "torch"), ("caffe", "caffe"), ("-1..1", "tf")])
def test_ranges_are_those_that_keras_has(name: str, mode: str) -> None:
    pixels = np.random.default_rng(0).random((2, 3, 4, 3), np.float32)
    from keras.src.applications.imagenet_utils import preprocess_input

    assert keras.config.image_data_format() == "channels_last"
    np.testing.assert_allclose(scaled(pixels, name), preprocess_input(pixels * 255, mode=mode), atol=1e-4)


def test_a_range_of_colours_is_for_colours() -> None:
    assert ranges_of(3) == list(RANGES)
    assert ranges_of(1) == ["0..1", "0..255", "-1..1"]
    assert checked_range("caffe", 3, "pixels") == "caffe"
    with pytest.raises(InputError, match=r"^pixels: caffe, which has a number for red, green and blue.*1 channels"):
        checked_range("caffe", 1, "pixels")
    with pytest.raises(InputError, match=r"^pixels: received '0-1'\. Choose one of auto, 0\.\.1, 0\.\.255"):
        checked_range("0-1", 3, "pixels")


def test_bytes_become_0_1() -> None:
    assert in_0_1(np.array([0, 51, 255], np.uint8), "images") == pytest.approx([0, 0.2, 1])
    assert in_0_1(np.array([0, 1], np.int64), "images").tolist() == pytest.approx([0, 1 / 255])
    floats = np.array([0.0, 0.5])
    assert in_0_1(floats, "images") is floats
    for wrong in (np.array([256]), np.array([-1]), np.array([1.5]), np.array([-0.1])):
        with pytest.raises(InputError, match=r"whatever the network reads: pixels=RANGE"):
            in_0_1(wrong, "images")
