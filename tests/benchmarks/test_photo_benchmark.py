"""The benchmark of photos compares sides that compute the same, and the recorded goal is reached."""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import keras
import numpy as np
import pytest

from fullconv.convert.conversion import convolutionalize

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"
RESULTS = json.loads((FOLDER / "results" / "photos.json").read_text())


@pytest.fixture(scope="module")
def photos(benchmark_module: Callable[[str], ModuleType]) -> ModuleType:
    return benchmark_module("photos")


@pytest.fixture(scope="module")
def classifier():
    keras.utils.set_random_seed(0)
    image = keras.Input((12, 12, 3))
    features = keras.layers.Conv2D(8, 4, strides=4, activation="relu")(image)
    pooled = keras.layers.GlobalAveragePooling2D()(features)
    return keras.Model(image, keras.layers.Dense(1000, activation="softmax")(pooled))


@pytest.mark.parametrize("batch", [1, 5, 32])
def test_crops_give_the_map_of_a_network_without_padding(photos, classifier, batch):
    image = np.random.default_rng(0).random((1, 24, 32, 3), dtype=np.float32)
    expected = convolutionalize(classifier).forward(image)
    np.testing.assert_allclose(photos.crops_of(classifier, 4, batch)(image), expected, atol=1e-6)


def test_headless_gives_the_features_of_an_image_of_any_size(photos, classifier):
    image = np.random.default_rng(0).random((1, 24, 32, 3), dtype=np.float32)
    convolution = classifier.layers[1]
    np.testing.assert_allclose(photos.headless_of(classifier)(image), convolution(image), atol=1e-6)


def test_one_unit_keeps_everything_but_the_head(photos, classifier):
    small = photos.one_unit(classifier)
    assert small.output_shape == (None, 1)
    assert small.layers[1] is classifier.layers[1]


def test_the_recorded_maps_reach_the_goal_and_agree(photos):
    for head in photos.HEADS:
        found = RESULTS["sides"][f"{head}, densify"]
        assert found["over_headless"] <= RESULTS["goals"]["over_headless"]
        assert found["crops_over"] > 1
    assert max(RESULTS["differences"].values()) <= RESULTS["goals"]["difference"]
    assert all(found["bytes"] <= RESULTS["goals"]["bytes"] for found in RESULTS["memory"].values())
    assert len(photos.photo_rows(RESULTS)) == len(RESULTS["sides"]) + 1
