"""Whether objects are darker than their ground, judged from pixels alone."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fullconv.config.schema import MosaicConfig
from fullconv.data.arrays import Arrays
from fullconv.data.pictures.photos import photos
from fullconv.data.pictures.polarity import dark_objects, luma
from fullconv.data.scenes.mosaics import make_scenes
from fullconv.data.sources.bundled import digits_like_mnist

SEVEN = MosaicConfig("test", [128, 128], 20, [3, 7], [22, 36], overlap=0.0)
NOISE = replace(SEVEN, noise=160, colour=True, ink=[160, 255])


@pytest.fixture(scope="module")
def digits() -> Arrays:
    return digits_like_mnist()


def _found_dark(config: MosaicConfig, digits: Arrays) -> list[bool]:
    scenes = make_scenes(config, digits, 0.5, "m")
    return [dark_objects(scene.image.astype(np.float32) / 255) for scene in scenes]


@pytest.mark.parametrize(
    "config",
    [
        SEVEN,
        replace(SEVEN, noise=4),
        replace(SEVEN, noise=40),
        NOISE,
        replace(NOISE, noise=255),
        replace(SEVEN, canvas=[300, 300], objects=[10, 20], sizes=[15, 100], overlap=0.25),
    ],
    ids=["black", "dark noise", "grey noise", "colour noise", "bright noise", "crowded"],
)
def test_scenes_and_their_negatives(digits: Arrays, config: MosaicConfig) -> None:
    assert not any(_found_dark(config, digits))
    if config.noise != 255:  # the negative of uniform noise is the same noise, so only objects would tell
        assert all(_found_dark(replace(config, inverted=True), digits))


def test_photographs_count_as_they_are(digits: Arrays) -> None:
    config = replace(SEVEN, ground="photo", images=50)
    assert sum(_found_dark(config, digits)) <= 2
    assert sum(_found_dark(replace(config, ink=[0, 0]), digits)) <= 2
    for split in ("train", "validation", "test"):
        assert not any(dark_objects(photo.astype(np.float32) / 255) for photo in photos(split))


@settings(max_examples=60)
@given(
    ground=st.floats(0, 1),
    step=st.floats(0.05, 1),
    channels=st.sampled_from([1, 3]),
    size=st.tuples(st.integers(24, 600), st.integers(24, 600)),
)
def test_one_object_on_one_colour(ground: float, step: float, channels: int, size: tuple[int, int]) -> None:
    image = np.full((*size, channels), ground, np.float32)
    place = image[size[0] // 3 : size[0] // 2, size[1] // 3 : size[1] // 2]
    if ground >= step:
        place[:] = ground - step
        assert dark_objects(image)
    if ground + step <= 1:
        place[:] = ground + step
        assert not dark_objects(image)


@pytest.mark.parametrize(("value", "dark"), [(0.0, False), (0.5, False), (0.69, False), (0.71, True), (1.0, True)])
def test_an_empty_canvas_goes_by_its_brightness(value: float, dark: bool) -> None:
    for shape in ((1, 1, 1), (3, 1, 3), (1, 9, 1), (128, 128, 1), (700, 900, 3)):
        assert dark_objects(np.full(shape, value, np.float32)) == dark


def test_empty_noise_counts_as_it_is_unless_bright() -> None:
    rng = np.random.default_rng(0)
    noise = rng.random((20, 128, 128, 1), dtype=np.float32)
    assert not any(map(dark_objects, noise))
    assert not any(map(dark_objects, noise * np.float32(0.6)))
    assert all(map(dark_objects, 1 - noise * np.float32(0.5)))


def test_luma_weighs_the_channels() -> None:
    image = np.array([[[1, 0, 0], [0, 1, 0], [0, 0, 1]]], np.float32)
    np.testing.assert_allclose(luma(image), [[0.299, 0.587, 0.114]])
    np.testing.assert_array_equal(luma(image[..., :1]), image[..., 0])
