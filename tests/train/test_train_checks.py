"""Bad inputs: each raises one error that names the key or array."""

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest

from fullconv.config.schema import AugmentConfig, TrainConfig
from fullconv.errors import InputError
from fullconv.train.loop import fit
from fullconv.train.material import Fixed

TRAIN = TrainConfig(epochs=1, batch_size=4, learning_rate=0.001)
IMAGES = np.zeros((6, 4, 4, 1), np.uint8)
LABELS = np.array([0, 1, 2, 0, 1, 2], np.int32)


def classifier() -> Any:
    return keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(3, "softmax")])


@pytest.mark.parametrize(
    ("where", "changed"),
    [
        ("train.epochs", {"epochs": -1}),
        ("train.epochs", {"epochs": 0}),
        ("train.epochs", {"epochs": "???"}),
        ("train.epochs", {"epochs": True}),
        ("train.batch_size", {"batch_size": 0}),
        ("train.batch_size", {"batch_size": 2.5}),
        ("train.learning_rate", {"learning_rate": float("nan")}),
        ("train.learning_rate", {"learning_rate": float("inf")}),
        ("train.learning_rate", {"learning_rate": 0.0}),
        ("train.learning_rate", {"learning_rate": "fast"}),
        ("train.patience", {"patience": -1}),
        ("train.shards", {"shards": 0}),
    ],
)
def test_train_knob(where: str, changed: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        fit(classifier(), Fixed(IMAGES, LABELS), IMAGES, LABELS, replace(TRAIN, **changed), AugmentConfig(), 0)
    assert caught.value.where == where
    assert str(next(iter(changed.values()))) in caught.value.received


@pytest.mark.parametrize(
    ("where", "changed"),
    [
        ("augment.epochs", {"epochs": -2}),
        ("augment.shift", {"shift": 1.0}),
        ("augment.shift", {"shift": -0.1}),
        ("augment.shift", {"shift": float("nan")}),
        ("augment.fill", {"fill": "mirror"}),
    ],
)
def test_augment_knob(where: str, changed: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        fit(classifier(), Fixed(IMAGES, LABELS), IMAGES, LABELS, TRAIN, replace(AugmentConfig(epochs=1), **changed), 0)
    assert caught.value.where == where


@pytest.mark.parametrize("seed", [-1, 1.5, None])
def test_seed(seed: Any) -> None:
    with pytest.raises(InputError, match="seed: received"):
        fit(classifier(), Fixed(IMAGES, LABELS), IMAGES, LABELS, TRAIN, AugmentConfig(), seed)


@pytest.mark.parametrize("side", ["train", "validation"])
@pytest.mark.parametrize(
    ("array", "images", "labels"),
    [
        ("images", IMAGES.astype(np.float32), LABELS),
        ("images", IMAGES[..., 0], LABELS),
        ("images", IMAGES.tolist(), LABELS),
        ("images", IMAGES[:0], LABELS[:0]),
        ("images", np.zeros((6, 5, 4, 1), np.uint8), LABELS),
        ("images", np.zeros((6, 4, 4, 3), np.uint8), LABELS),
        ("labels", IMAGES, LABELS.astype(np.float32)),
        ("labels", IMAGES, LABELS[:, None]),
        ("labels", IMAGES, LABELS[:5]),
        ("labels", IMAGES, LABELS + 1),
        ("labels", IMAGES, LABELS - 1),
    ],
)
def test_arrays(side: str, array: str, images: Any, labels: Any) -> None:
    given = [images, labels, IMAGES, LABELS] if side == "train" else [IMAGES, LABELS, images, labels]
    with pytest.raises(InputError) as caught:
        fit(classifier(), Fixed(*given[:2]), *given[2:], TRAIN, AugmentConfig(), 0)
    assert caught.value.where == f"{side}_{array}"


def test_model_of_maps_is_no_classifier() -> None:
    model = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Conv2D(3, 1, activation="softmax")])
    with pytest.raises(InputError, match=r"model\.output_shape"):
        fit(model, Fixed(IMAGES, LABELS), IMAGES, LABELS, TRAIN, AugmentConfig(), 0)


def test_model_without_softmax() -> None:
    model = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(3)])
    with pytest.raises(InputError, match=r"model: received scores .*softmax"):
        fit(model, Fixed(IMAGES, LABELS), IMAGES, LABELS, TRAIN, AugmentConfig(), 0)


def test_runaway_training_blames_the_learning_rate() -> None:
    images = np.random.default_rng(0).integers(0, 256, IMAGES.shape, np.uint8)
    with pytest.raises(InputError, match=r"train\.learning_rate: .*nan after epoch 1"):
        fit(classifier(), Fixed(images, LABELS), images, LABELS, replace(TRAIN, learning_rate=1e38), AugmentConfig(), 0)
