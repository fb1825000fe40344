"""Blocks: what their layers compute, against NumPy; what they cost; and that their conversions are exact."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view

import fullconv
from fullconv.config.load import compose_settings
from fullconv.config.schema import ModelConfig
from fullconv.models.build import ARCHITECTURES, build_classifier
from fullconv.models.dense_blocks import dense_block
from fullconv.models.inception import inception_block
from fullconv.models.residual import residual_block
from fullconv.proof.samples import Samples

pytestmark = pytest.mark.numeric

CONF = Path(__file__).parents[2] / "conf" / "model"
NAMES = ("inception", "residual", "dense_blocks")

Array = npt.NDArray[np.float64]


def config(name: str, **changes: Any) -> ModelConfig:
    return ModelConfig(**{**yaml.safe_load((CONF / f"{name}.yaml").read_text()), **changes})


def randomised(model: keras.Model) -> keras.Model:
    """Give every weight, biases too, a random value: zeros would hide a missing bias."""
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(0, 1 / np.sqrt(max(1, one[..., 0].size)), one.shape) for one in model.get_weights()])
    return model


def block_model(block: Any, channels: int, **settings: Any) -> keras.Model:
    image = keras.Input((11, 12, channels))
    return randomised(keras.Model(image, block(image, **settings, name="b")))


def convolved(model: keras.Model, name: str, x: Array) -> Array:
    """Return what a layer's own weights give on a map `(H, W, C)`, summed by hand, before any activation."""
    kernel, bias = (np.asarray(one, np.float64) for one in model.get_layer(name).get_weights())
    windows = sliding_window_view(x, kernel.shape[:2], axis=(0, 1))  # (H', W', C, h, w)
    return np.asarray(np.einsum("ijchw,hwcf->ijf", windows, kernel) + bias)


def relu(x: Array) -> Array:
    return np.maximum(x, 0)


def cut(x: Array, cells: int) -> Array:
    return x[cells:-cells, cells:-cells]


@pytest.fixture
def pixels() -> Array:
    return np.random.default_rng(1).normal(size=(11, 12, 3))


def outcome(model: keras.Model, pixels: Array) -> Array:
    return np.asarray(model(pixels[None].astype(np.float32)))[0]


def test_inception_block_is_its_four_branches_side_by_side(pixels: Array) -> None:
    model = block_model(inception_block, 3, width=32)
    pool = sliding_window_view(cut(pixels, 1), (3, 3), axis=(0, 1)).max(axis=(-2, -1))
    branches = [
        relu(convolved(model, "b_1x1", cut(pixels, 2))),
        relu(convolved(model, "b_3x3", relu(convolved(model, "b_3x3_reduce", cut(pixels, 1))))),
        relu(convolved(model, "b_5x5", relu(convolved(model, "b_5x5_reduce", pixels)))),
        relu(convolved(model, "b_pool_1x1", pool)),
    ]
    assert [branch.shape for branch in branches] == [(7, 8, 8), (7, 8, 16), (7, 8, 4), (7, 8, 4)]
    np.testing.assert_allclose(outcome(model, pixels), np.concatenate(branches, axis=-1), atol=1e-5)


@pytest.mark.parametrize("width", [3, 5])
def test_residual_block_adds_its_input(pixels: Array, width: int) -> None:
    model = block_model(residual_block, 3, width=width)
    shortcut = cut(pixels, 2) if width == 3 else convolved(model, "b_shortcut", cut(pixels, 2))
    change = convolved(model, "b_conv_2", relu(convolved(model, "b_conv_1", pixels)))
    np.testing.assert_allclose(outcome(model, pixels), relu(change + shortcut), atol=1e-5)


def test_residual_block_without_change_is_its_input(pixels: Array) -> None:
    model = block_model(residual_block, 3, width=3)
    model.set_weights([np.zeros_like(one) for one in model.get_weights()])
    np.testing.assert_allclose(outcome(model, pixels), relu(cut(pixels, 2)), atol=1e-6)


def test_dense_block_keeps_all_before(pixels: Array) -> None:
    model = block_model(dense_block, 3, growth=2, repeats=3)
    x = pixels
    for repeat in (1, 2, 3):
        x = np.concatenate([cut(x, 1), relu(convolved(model, f"b_conv_{repeat}", x))], axis=-1)
    assert x.shape == (5, 6, 3 + 3 * 2)
    np.testing.assert_allclose(outcome(model, pixels), x, atol=1e-5)


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        # The stem; per block the branches 1×1, 3×3, 5×5 and pool with their reductions; the two dense layers.
        (
            "inception",
            (25 + 1) * 24
            + (24 + 1) * 24 + (24 + 1) * 36 + (9 * 36 + 1) * 48 + (24 + 1) * 6 + (25 * 6 + 1) * 12 + (24 + 1) * 12
            + (96 + 1) * 24 + (96 + 1) * 36 + (9 * 36 + 1) * 48 + (96 + 1) * 6 + (25 * 6 + 1) * 12 + (96 + 1) * 12
            + (4 * 4 * 96 + 1) * 64 + (64 + 1) * 11,
        ),
        # The stem; two blocks, the first with a 1×1 shortcut; the two dense layers.
        (
            "residual",
            (25 + 1) * 24
            + (9 * 24 + 1) * 48 + (9 * 48 + 1) * 48 + (24 + 1) * 48
            + 2 * (9 * 48 + 1) * 48
            + (4 * 4 * 48 + 1) * 64 + (64 + 1) * 11,
        ),
        # The stem; four convolutions that read 32, 56, 80 and 104 channels; 128 halved; the two dense layers.
        (
            "dense_blocks",
            (25 + 1) * 32
            + (9 * (32 + 56 + 80 + 104) + 4) * 24
            + (128 + 1) * 64
            + (4 * 4 * 64 + 1) * 64 + (64 + 1) * 11,
        ),
    ],
)  # fmt: skip
def test_parameters_are_those_of_its_comment(name: str, parameters: int) -> None:
    assert build_classifier(config(name), (28, 28, 1), 11, 0).count_params() == parameters
    assert f"{parameters:,} parameters at 11 classes" in (CONF / f"{name}.yaml").read_text()


@pytest.mark.parametrize("name", NAMES)
def test_conversion_is_exact_with_the_training_window(name: str) -> None:
    classifier = randomised(build_classifier(config(name), (28, 28, 1), 11, 0))
    conversion = fullconv.convolutionalize(classifier)
    assert conversion.exact
    assert conversion.notes == ()
    assert (conversion.geometry.window, conversion.geometry.stride, conversion.geometry.offset) == (
        (28, 28),
        (2, 2),
        (0, 0),
    )
    # Pixels of 0 to 1, as these networks read them: before the softmax no number is above 4.
    samples = Samples(1.0, np.random.default_rng(0))
    certificate = fullconv.certify(classifier, conversion, samples.images(64, 28, 28, 1), samples.images(1, 48, 48, 1))
    assert certificate.crops > 0
    assert certificate.spread is not None
    assert certificate.spread > 1e-3  # scores that are all alike would prove nothing
    assert certificate.max_difference is not None
    assert certificate.crop_max_difference is not None
    assert max(certificate.max_difference, certificate.crop_max_difference) < 8 * 4 * 2**-24  # eight roundings of a 4


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=5)
@given(repeats=st.integers(1, 4), extra=st.integers(0, 5), channels=st.lists(st.integers(1, 6), min_size=2, max_size=2))
def test_every_size_and_depth_converts_exactly(name: str, repeats: int, extra: int, channels: list[int]) -> None:
    side = ARCHITECTURES[name].smallest_side(repeats) + extra
    model = config(name, repeats=repeats, channels=channels, units=3)
    conversion = fullconv.convolutionalize(build_classifier(model, (side, side, 1), 3, 0))
    assert conversion.exact
    assert conversion.geometry.window == (side, side)


@pytest.mark.parametrize("name", NAMES)
def test_variant_is_located_with_another_network(name: str) -> None:
    found = compose_settings(f"+variant@classifiers.extra={name}").classifiers
    assert found["extra"].model == config(name)
    for part in ("background", "augment", "train", "convert", "locate"):
        assert getattr(found["extra"], part) == getattr(found["located"], part)


def test_sweep_trains_by_the_recipe_of_located() -> None:
    found = compose_settings("sweep=blocks").classifiers
    for part in ("background", "augment", "train", "convert"):
        assert getattr(found["plain"], part) == getattr(found["located"], part)
    # With a background class, auto is peaks.
    assert found["plain"].locate == replace(found["located"].locate, read="peaks")
