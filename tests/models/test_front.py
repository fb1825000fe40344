"""The first blocks of a trained network without padding: the same features, an exact conversion, grey images."""

from typing import Any

import keras
import numpy as np
import pytest

import fullconv
from fullconv.config.schema import ModelConfig
from fullconv.imagenet.front_weights import fill_front, has_weights
from fullconv.imagenet.networks import build_network
from fullconv.models.build import build_classifier
from fullconv.models.choice import chosen_model, window_of

needs_weights = pytest.mark.skipif(not has_weights(), reason="needs the extra imagenet")
AUTO = ModelConfig("auto", [], 1, 16, 0.0, 0.0)


def front(side: int = 64, channels: int = 3, repeats: int = 4) -> Any:
    return build_classifier(ModelConfig("front", [0], repeats, 16, 0.0, 0.0), (side, side, channels), 3, 0)


@needs_weights
@pytest.mark.parametrize(("repeats", "layer"), [(3, "block2b_add"), (4, "block3a_project_norm"), (5, "block3b_add")])
def test_its_features_are_those_of_the_network_away_from_the_border(repeats: int, layer: str) -> None:
    model = front(200, repeats=repeats)
    assert fill_front(model) > 0
    ours = keras.Model(model.input, model.get_layer("flatten").input)
    whole = build_network("efficientnet_lite0")
    image = np.random.default_rng(0).random((1, 224, 224, 3), np.float32)
    theirs = np.asarray(keras.Model(whole.input, whole.get_layer(layer).output)(image))
    # Padding moves the grid of strides by some pixels; one cell is looked for, and then all others must agree.
    apart = np.inf
    for off in range(0, 16, 2):
        own = np.asarray(ours(image[:, off : off + 200, off : off + 200]))[:, :12, :12]
        for move in range(2, 6):
            beside = theirs[:, move : move + 12, move : move + 12]
            apart = min(apart, float(np.abs(beside[:, 2:, 2:] - own[:, 2:, 2:]).max()))
    assert apart < 1e-4


@pytest.mark.parametrize(("side", "repeats"), [(64, 4), (36, 3), (96, 6)])
@pytest.mark.parametrize("channels", [1, 3])
def test_its_conversion_is_exact(side: int, repeats: int, channels: int) -> None:
    model = front(side, channels, repeats)
    conversion = fullconv.convolutionalize(model)
    assert conversion.exact
    assert conversion.window == (side, side)
    images = np.random.default_rng(0).random((2, side + 16, side + 16, channels), np.float32)
    stride = conversion.geometry.stride[0]
    scores = np.asarray(conversion.model(images))
    np.testing.assert_allclose(scores[:, 0, 1], model(images[:, :side, stride : stride + side]), atol=2e-6)


def test_auto_follows_the_size_of_objects_and_what_is_installed() -> None:
    assert (window_of(40), window_of(24)) == (64, 36)
    large, small = chosen_model(AUTO, 64, trained=True), chosen_model(AUTO, 36, trained=True)
    assert (large.architecture, large.repeats, large.channels) == ("front", 4, [0])
    assert (small.architecture, small.repeats, small.channels) == ("front", 3, [48])
    assert chosen_model(AUTO, 36, trained=False).architecture == "valid"
    mine = ModelConfig("swish", [8], 1, 16, 0.0, 0.0)
    assert chosen_model(mine, 64, trained=True) is mine
    for window, trained in ((64, True), (36, True), (36, False)):
        build_classifier(chosen_model(AUTO, window, trained), (window, window, 3), 3, 0)
