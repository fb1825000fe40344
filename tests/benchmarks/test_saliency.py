"""Explaining maps against their definitions written out."""

from collections.abc import Callable
from types import ModuleType

import keras
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fullconv.convert.conversion import convolutionalize
from fullconv.convert.geometry import Geometry

CLASSES = 3

# tf-keras-vis imports SciPy's zoom by an old name.
old_name_of_zoom = pytest.mark.filterwarnings("ignore:Please import `zoom`:DeprecationWarning")
skip_reason = "the extra bench is not installed"

Array = npt.NDArray[np.float32]


@pytest.fixture(scope="module")
def saliency(benchmark_module: Callable[[str], ModuleType]) -> ModuleType:
    return benchmark_module("sides.saliency")


@pytest.fixture(scope="module")
def ways(benchmark_module: Callable[[str], ModuleType]) -> ModuleType:
    return benchmark_module("sides.ways")


def classifier(pooled: bool) -> keras.Model:
    keras.utils.set_random_seed(3)
    image = keras.Input((12, 12, 1))
    x = keras.layers.Conv2D(4, 3, activation="relu", name="first")(image)
    x = keras.layers.MaxPooling2D(2)(x)
    x = keras.layers.Conv2D(5, 2, activation="relu", name="last")(x)
    x = keras.layers.GlobalMaxPooling2D()(x) if pooled else keras.layers.Flatten()(x)
    return keras.Model(image, keras.layers.Dense(CLASSES + 1, activation="softmax")(x))


def picture(seed: int = 0, size: tuple[int, int] = (20, 18)) -> Array:
    return np.random.default_rng(seed).random((*size, 1), dtype=np.float32)


def softmax(logits: Array) -> Array:
    shares = np.exp(logits - logits.max())
    return shares / shares.sum()


def test_the_image_score_of_a_score_map_is_its_highest_cell(saliency: ModuleType) -> None:
    conversion = convolutionalize(classifier(pooled=False))
    image = picture()[np.newaxis]
    scores = conversion.forward(image)
    scorer = saliency.image_scorer(conversion.model, (20, 18), logits=False)
    np.testing.assert_allclose(scorer(image), scores.max(axis=(1, 2)), atol=1e-6)


@pytest.mark.parametrize("pooled", [True, False])
def test_logits_are_the_scores_before_the_softmax(saliency: ModuleType, pooled: bool) -> None:
    network, image = classifier(pooled), picture(size=(12, 12))[np.newaxis]
    logits = saliency.image_scorer(network, (12, 12), logits=True)(image)
    np.testing.assert_allclose(softmax(np.asarray(logits)[0]), network(image)[0], atol=1e-6)


def test_a_global_pool_runs_over_a_larger_image(saliency: ModuleType) -> None:
    network, image = classifier(pooled=True), picture()[np.newaxis]
    features = keras.Model(network.inputs[0], network.get_layer("last").output)
    larger = saliency.image_scorer(features, (20, 18), logits=False)(image)
    kernel, bias = network.layers[-1].get_weights()
    wanted = softmax(np.asarray(larger)[0] @ kernel + bias)
    np.testing.assert_allclose(saliency.image_scorer(network, (20, 18), logits=False)(image)[0], wanted, atol=1e-6)


@pytest.mark.parametrize(("square", "step"), [(5, 2), (4, 4), (3, 1), (6, 5)])
def test_occlusion_is_the_mean_drop_over_the_squares_that_hide_a_pixel(
    saliency: ModuleType, square: int, step: int
) -> None:
    image = picture()
    scorer = saliency.image_scorer(convolutionalize(classifier(pooled=False)).model, image.shape[:2], logits=True)
    whole = np.asarray(scorer(image[np.newaxis]))[0, :CLASSES]
    sums, counts = np.zeros((*image.shape[:2], CLASSES)), np.zeros(image.shape)
    for top in range(step - square, image.shape[0], step):
        for left in range(step - square, image.shape[1], step):
            part = slice(max(top, 0), top + square), slice(max(left, 0), left + square)
            hidden = image.copy()
            hidden[part] = 0
            sums[part] += whole - np.asarray(scorer(hidden[np.newaxis]))[0, :CLASSES]
            counts[part] += 1
    assert counts.min() > 0
    found = saliency.occlusion_map(scorer, CLASSES, square, step, batch_size=7)(image)
    np.testing.assert_allclose(found, sums / counts, atol=1e-5)


@old_name_of_zoom
@pytest.mark.parametrize("kind", ["gradcam", "gradcam++"])
def test_an_activation_map_weights_features_by_gradients(saliency: ModuleType, kind: str) -> None:
    pytest.importorskip("tf_keras_vis", reason=skip_reason)
    import tensorflow as tf

    image = picture()
    scorer = saliency.image_scorer(convolutionalize(classifier(pooled=False)).model, image.shape[:2], logits=True)
    both = keras.Model(scorer.inputs[0], [scorer.outputs[0], scorer.get_layer("last").output])
    found = saliency.activation_map(kind, scorer, "last", CLASSES)(image)
    for label in range(CLASSES):
        with tf.GradientTape() as tape:
            scores, features = both(image[np.newaxis])
            score = scores[0, label]
        slope, cells = (np.asarray(one)[0] for one in (tape.gradient(score, features), features))
        if kind == "gradcam":
            wanted = np.maximum((cells * slope.mean(axis=(0, 1))).sum(axis=-1), 0)
            np.testing.assert_allclose(found[..., label], wanted, atol=1e-6)
        assert found[..., label].shape == cells.shape[:2]
        assert (found[..., label] >= 0).all()


def test_a_resized_map_has_the_pixels_of_the_image(saliency: ModuleType) -> None:
    constant = saliency.resized(lambda small: np.full((*small.shape[:2], 2), small.shape[0], np.float32), (12, 12))
    np.testing.assert_array_equal(constant(picture()), np.full((20, 18, 2), 12))


def test_maps_are_read_by_their_maximum_and_the_images_score(saliency: ModuleType) -> None:
    maps = np.array([[[4.0, -1.0, 0.0], [2.0, 5.0, 0.0]]], np.float32)
    read = saliency.as_probabilities(maps, np.array([0.5, 1.0, 0.9], np.float32))
    np.testing.assert_allclose(read, [[[0.5, 0.0, 0.0], [0.25, 1.0, 0.0]]])


@pytest.mark.parametrize("pooled", [True, False])
def test_features_are_those_of_the_last_convolution(ways: ModuleType, pooled: bool) -> None:
    assert ways.features_of(classifier(pooled)) == ("last", Geometry(window=(6, 6), stride=(2, 2), offset=(0, 0)))


sides = st.integers(1, 40)


@given(st.tuples(sides, sides), st.tuples(sides, sides), st.tuples(sides, sides))
def test_centred_windows_have_the_same_centres(
    ways: ModuleType, window: tuple[int, int], stride: tuple[int, int], least: tuple[int, int]
) -> None:
    geometry = Geometry(window, stride, (-3, 2))
    found = ways.centred(geometry, least)
    assert found.center(2, 5) == geometry.center(2, 5)
    for own, wanted, before in zip(found.window, least, window, strict=True):
        assert wanted <= own <= max(wanted + 1, before)


@old_name_of_zoom
@pytest.mark.parametrize("pooled", [True, False])
def test_every_way_gives_a_map_of_every_class(ways: ModuleType, pooled: bool) -> None:
    pytest.importorskip("tf_keras_vis", reason=skip_reason)
    image = picture(size=(40, 36))
    found = ways.ways_of(classifier(pooled), (40, 36))
    assert {"cell", "gradcam-pool", "occlusion-pool"} & set(found) == (
        {"cell", "gradcam-pool", "occlusion-pool"} if pooled else set()
    )
    for way in found.values():
        scores = way.run(image)
        assert scores.shape[-1] == CLASSES + (way.background is not None)
        assert np.isfinite(scores).all()
        last = way.geometry.center(scores.shape[0] - 1, scores.shape[1] - 1)
        assert last[0] <= 40
        assert last[1] <= 36
