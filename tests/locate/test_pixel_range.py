"""The range of pixels measured where nothing says it."""

import logging
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from fullconv.config.schema import LocateConfig
from fullconv.convert.conversion import convolutionalize
from fullconv.locate.channels import Channels
from fullconv.locate.finder import Finder
from fullconv.locate.pixel_range import Measured, measured, settled, some_crops
from fullconv.models.pixels import RANGES, ranges_of, scaled

pytestmark = pytest.mark.numeric


def images(channels: int = 3, seed: int = 0) -> Any:
    """Pictures with grounds, blobs and edges, of different brightness."""
    rng = np.random.default_rng(seed)
    made = rng.random((16, 6, 6, channels)).repeat(8, axis=1).repeat(8, axis=2) * np.linspace(1, 0.4, channels)
    return np.clip(made * rng.uniform(0.7, 1, (16, 1, 1, 1)) + rng.normal(0, 0.03, made.shape), 0, 1).astype(np.float32)


def network(name: str, normalized: bool, channels: int = 3) -> keras.Model:
    """A network whose weights and statistics are such as images in the range `name` make them."""
    first = layers.Conv2D(8, 3, strides=2, use_bias=not normalized)
    image = keras.Input((24, 24, channels))
    maps = first(image)
    norm = layers.BatchNormalization() if normalized else layers.Identity()
    x = layers.GlobalAveragePooling2D()(layers.ReLU()(norm(maps)))
    last = layers.Dense(4, activation="softmax")
    model = keras.Model(image, last(x))
    rng = np.random.default_rng(1)
    seen = scaled(some_crops(list(images(channels, seed=7)), (24, 24)), name)
    spread = np.asarray(seen).std()
    kernel, *bias = first.get_weights()
    first.set_weights([rng.normal(0, 0.3 / spread, kernel.shape), *bias])
    if normalized:
        values = np.asarray(keras.Model(image, maps)(seen))
        norm.set_weights([np.ones(8), np.zeros(8), values.mean((0, 1, 2)), values.var((0, 1, 2))])
    last.set_weights([rng.normal(0, 8, (8, 4)), np.zeros(4)])
    return model


@pytest.mark.parametrize("name", RANGES)
def test_normalizations_tell_every_range(name: str) -> None:
    conversion = convolutionalize(network(name, normalized=True))
    found = measured(conversion, some_crops(list(images()), conversion.window))
    assert found.pixels == name
    assert "batch normalizations" in found.how


@pytest.mark.parametrize(("name", "alike"), [("0..1", ("-1..1", "imagenet")), ("0..255", ("caffe",))])
def test_without_them_only_the_size_is_told_and_the_others_are_named(name: str, alike: Any) -> None:
    conversion = convolutionalize(network(name, normalized=False))
    crops = some_crops(list(images()), conversion.window)
    assert measured(conversion, crops) == Measured(name, "by the size of its scores", alike)


def finder(model: keras.Model, **facts: Any) -> Finder:
    config = LocateConfig(floor=0.1, spacing=1.2, overlap=0.3, border=0.25, engine="auto", box="window", batch_size=8)
    return Finder("my.keras", convolutionalize(model), Channels(tuple("abcd"), False), config, **facts)


def test_what_is_known_is_not_measured_and_what_was_measured_is_said(caplog: pytest.LogCaptureFixture) -> None:
    known = finder(network("0..255", normalized=True))
    assert settled(known, [images()[0]]) is known
    with caplog.at_level(logging.INFO):
        made = settled(replace(known, pixels="auto"), list(images()))
    assert (made.pixels, made.because.split(":")[0]) == ("0..255", "measured")
    assert "my.keras: it reads 0..255 (measured: it is what its batch normalizations have learnt)" in caplog.text
    assert {one.levelname for one in caplog.records} == {"INFO"}
    caplog.clear()
    settled(finder(network("0..1", normalized=False), pixels="auto"), list(images()))
    assert "-1..1, imagenet fit alike" in caplog.text
    assert {one.levelname for one in caplog.records} == {"WARNING"}


def test_without_a_picture_the_usual_range_is_taken() -> None:
    made = settled(finder(network("0..255", normalized=True, channels=1), pixels="auto"), [])
    assert made.pixels == "0..1"


def test_crops_are_of_the_window_and_not_many() -> None:
    assert some_crops([images()[0]], (24, 24)).shape == (6, 24, 24, 3)
    assert some_crops(list(images()), (24, 24)).shape == (12, 24, 24, 3)
    assert some_crops([np.zeros((5, 7, 1), np.float32)], (24, 24)).shape == (5, 24, 24, 1)
    assert ranges_of(1) == ["0..1", "0..255", "-1..1"]


def test_pictures_unlike_those_that_were_learnt_are_told(caplog: pytest.LogCaptureFixture) -> None:
    settled(finder(network("0..255", normalized=True), pixels="auto"), [np.zeros((30, 30, 3), np.float32)])
    assert "it fits badly: the pictures may be unlike what it learned" in caplog.text
