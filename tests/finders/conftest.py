"""Crops of discs and rings, of sizes of their own, and a finder made of them in seconds."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fullconv.config.schema import ClassifierConfig, ExperimentConfig
from fullconv.data.arrays import Arrays
from fullconv.data.crops.crops import Crops
from fullconv.finders.folder import write_finder
from fullconv.finders.made import Made
from fullconv.finders.making import make_finder
from fullconv.finders.met import facts_of

CLASSES = ("disc", "ring")
SIDES = (20.0, 30.0)
_SIDE = 20


def drawn(label: int, side: float, shape: tuple[int, int], centre: tuple[float, float]) -> Any:
    """Return where (h, w) a disc or a ring of a side lies."""
    y, x = np.mgrid[: shape[0], : shape[1]] + 0.5
    off = np.hypot(y - centre[0], x - centre[1]) / (side / 2)
    return (off < 0.8) & ((off > 0.45) | (label == 0))


def part(count: int, rng: np.random.Generator) -> tuple[Any, Any, Any]:
    """Return images, labels and sizes of so many crops of each class."""
    labels = np.repeat([0, 1], count).astype(np.int32)
    images = np.zeros((2 * count, _SIDE, _SIDE, 1), np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[drawn(label, _SIDE, (_SIDE, _SIDE), (_SIDE / 2, _SIDE / 2))] = rng.integers(180, 255)
    sizes = np.repeat(np.array(SIDES)[labels][:, np.newaxis], 2, axis=1) * rng.uniform(0.9, 1.1, (2 * count, 1))
    return images, labels, sizes.astype(np.float32)


@pytest.fixture(scope="session")
def crops() -> Arrays:
    rng = np.random.default_rng(0)
    images, labels, sizes = part(40, rng)
    held, held_labels, held_sizes = part(10, rng)
    return Arrays(images, labels, held, held_labels, Crops(CLASSES, sizes, held_sizes))


@pytest.fixture(scope="session")
def recipe(settings_with: Callable[..., ExperimentConfig]) -> ClassifierConfig:
    at = "classifiers.located"
    words = (
        "background.windows=4000",
        "train.epochs=8",
        "train.learning_rate=0.002",
        "train.batch_size=64",
        "convert.images=8",
    )
    return settings_with("data=folder", *(f"{at}.{word}" for word in words)).classifiers["located"]


@pytest.fixture(scope="session")
def trained(crops: Arrays, recipe: ClassifierConfig) -> Made:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fullconv.finders.validation._IMAGES", 4)
        return make_finder(crops, recipe, CLASSES, seed=0)


@pytest.fixture(scope="session")
def made(trained: Made) -> Made:
    """The same, counting from a half, whatever validation said of so short a training."""
    return replace(trained, thresholds=(0.5, 0.5))


@pytest.fixture(scope="session")
def finder_folder(made: Made, crops: Arrays, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finder that tests may read and copy."""
    folder = tmp_path_factory.mktemp("made") / "finder"
    write_finder(folder, made, facts_of(crops, CLASSES, "crops", seed=0))
    return folder
