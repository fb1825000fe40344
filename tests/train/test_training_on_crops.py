"""A training on crops: what it draws, what it is validated on, what of its knobs reaches the windows, and repeats."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import pytest

from fullconv.config.schema import ClassifierConfig, ExperimentConfig, ModelConfig
from fullconv.data.arrays import Arrays
from fullconv.data.crops.crops import Crops
from fullconv.data.crops.measures import SHARE
from fullconv.data.windows.parts import Finding
from fullconv.data.windows.symmetry import KNOWN
from fullconv.models.build import build_classifier
from fullconv.train import task as tasks
from fullconv.train.recipe import Trained, train_classifier
from fullconv.train.shown import shown_to
from fullconv.train.task import crop_source, task_of

SMALL = ModelConfig(architecture="valid", channels=[4, 8], units=8)
GREEN, SIDE = 1, 24


def part(labels: Sequence[int], rng: np.random.Generator, channels: int = 3) -> tuple[Any, Any, Any]:
    """Return red discs (0) and blue squares (1) on green noise, their classes, and sizes of 20 and 40 pixels."""
    classes = np.array(labels, np.int32)
    images = rng.integers(0, 40, (len(classes), SIDE, SIDE, 3)).astype(np.uint8)
    images[..., GREEN] += 100
    y, x = np.abs(np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2)
    for image, label in zip(images, classes, strict=True):
        image[(np.hypot(y, x) < 10) if label == 0 else (np.maximum(y, x) < 8)] = (
            (230, 0, 0) if label == 0 else (0, 0, 230)
        )
    sizes = np.where(classes[:, None] == 0, 20, 40) * np.ones((1, 2))
    return (images if channels == 3 else images[..., :1]), classes, sizes.astype(np.float32)


def crops_of(counts: tuple[int, ...] = (16, 8), channels: int = 3, **known: Any) -> Arrays:
    rng = np.random.default_rng(0)
    labels = np.repeat(np.arange(len(counts)), counts).tolist()
    images, classes, sizes = part(labels, rng, channels)
    held = part([label for label in range(len(counts)) for _ in range(4)], rng, channels)
    return Arrays(images, classes, held[0], held[1], Crops(("disc", "square")[: len(counts)], sizes, held[2], **known))


@pytest.fixture(scope="module")
def recipe(settings_with: Callable[..., ExperimentConfig]) -> ClassifierConfig:
    """The recipe for crops, cut short, with a network that is trained in a moment."""
    at = "classifiers.located"
    words = (f"{at}.background.windows=200", f"{at}.background.test=60", f"{at}.train.epochs=3")
    return replace(settings_with("data=folder", *words).classifiers["located"], model=SMALL)


def background(config: ClassifierConfig, **knobs: Any) -> ClassifierConfig:
    return replace(config, background=replace(config.background, **knobs))


def weights(trained: Trained) -> list[npt.NDArray[Any]]:
    return [np.asarray(one) for one in trained.classifier.get_weights()]


def same(one: Trained, other: Trained) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(weights(one), weights(other), strict=True))


@pytest.mark.parametrize(("channels", "margin"), [(3, 0.0), (1, 0.0), (3, 0.25)])
def test_windows_and_what_they_are_validated_on(recipe: ClassifierConfig, channels: int, margin: float) -> None:
    task = task_of(crops_of(channels=channels, margin=margin), recipe, 2, 0)
    assert task.shape == (36, 36, channels)
    images, labels = task.validation_images, task.validation_labels
    assert (images.shape[1:], images.dtype, labels.dtype) == ((36, 36, channels), np.uint8, np.int32)
    assert len(images) == len(labels) <= 2 * recipe.background.test
    assert set(labels.tolist()) == {0, 1, 2}
    epoch = task.material(recipe, 0, build_classifier(task.model, task.shape, 3, 0), None).epoch(0)
    assert epoch.images.shape == (200, 36, 36, channels)
    assert set(epoch.labels.tolist()) == {0, 1}  # what is background is told by the certainty


def test_validation_windows_are_of_test_crops_and_of_a_class_for_sure(recipe: ClassifierConfig) -> None:
    arrays = crops_of()
    other = replace(arrays, test_images=np.zeros_like(arrays.test_images))
    one, two = task_of(arrays, recipe, 2, 0), task_of(other, recipe, 2, 0)
    np.testing.assert_array_equal(one.validation_labels, two.validation_labels)
    assert not np.array_equal(one.validation_images, two.validation_images)
    calm = background(recipe, share=0.0, place=0.0, size=0.0, company=0.0)
    alone = task_of(arrays, calm, 2, 0)
    assert set(alone.validation_labels.tolist()) == {0, 1}  # nothing but objects in the middle
    middle = alone.validation_images[:, 16:20, 16:20].astype(int).mean(axis=(1, 2))
    assert ((middle[:, 2] > middle[:, 0]) == (alone.validation_labels == 1)).all()
    empty = task_of(arrays, background(calm, share=1.0, empty=1.0), 2, 0)
    assert set(empty.validation_labels.tolist()) == {2}


def test_what_is_neither_object_nor_background_is_not_validated_on(recipe: ClassifierConfig) -> None:
    arrays = crops_of()
    task = task_of(arrays, recipe, 2, 0)
    certainty: Any = task.windows.certainty
    sure = certainty >= 0.6
    kept = sure | (certainty < 0.05)
    assert 0 < (~kept).sum() < len(kept)
    np.testing.assert_array_equal(task.validation_images, task.windows.images[kept])
    np.testing.assert_array_equal(task.validation_labels, np.where(sure, task.windows.labels, 2)[kept])


def test_how_often_rare_classes_are_drawn_and_how_crops_are_turned(recipe: ClassifierConfig) -> None:
    arrays = crops_of((40, 4))
    assert arrays.crops is not None
    shares = []
    for balance in (0.0, 1.0):
        source = crop_source(arrays, arrays.crops, replace(recipe, train=replace(recipe.train, balance=balance)), 0)
        shares.append(float((source.draw(600, [0]).labels == 1).mean()))
    assert shares == [pytest.approx(4 / 44, abs=0.05), pytest.approx(0.5, abs=0.08)]
    # A light left half, with which no crop is its own mirror image.
    arrays.train_images[:, :, : SIDE // 2] //= 2
    calm = background(recipe, share=0.0, place=0.0, size=0.0, company=0.0, rotation=0.0)
    lit = {}
    for flips in ("none", "all"):
        source = crop_source(arrays, arrays.crops, replace(calm, augment=replace(calm.augment, flips=flips)), 0)
        drawn = source.draw(200, [0]).images.astype(int).max(axis=3)
        lit[flips] = float((drawn[:, 14:22, 20:25].mean((1, 2)) > drawn[:, 14:22, 11:16].mean((1, 2))).mean())
    assert lit["none"] > 0.95
    assert lit["all"] < 0.7


def test_flips_that_leave_crops_as_they_are_are_found(recipe: ClassifierConfig) -> None:
    arrays = crops_of()
    assert arrays.crops is not None
    found = {
        flips: tasks._symmetries(arrays, flips, 0)
        for flips in ("none", "auto", "all")  # what the source is given
    }
    assert (found["none"], found["all"]) == ((), KNOWN)
    assert found["auto"] == KNOWN  # discs and squares


def test_the_window_is_as_large_as_the_objects_ask_for(recipe: ClassifierConfig) -> None:
    larger = crops_of()
    assert larger.crops is not None
    images = [np.repeat(np.repeat(one, 2, axis=1), 2, axis=2) for one in (larger.train_images, larger.test_images)]
    larger = replace(larger, train_images=images[0], test_images=images[1])
    assert task_of(larger, recipe, 2, 0).shape == (64, 64, 3)
    # Of 48 pixels 24 are the object's where as much again is shown around it.
    around = replace(
        larger, crops=Crops(("disc", "square"), larger.crops.train_sizes, larger.crops.test_sizes, margin=0.5)
    )
    assert task_of(around, recipe, 2, 0).shape == (36, 36, 3)
    source = crop_source(larger, larger.crops, recipe, 0)
    assert source.frame == pytest.approx(SHARE * 64)


@pytest.mark.parametrize("weights_there", [True, False])
def test_without_trained_weights_the_network_is_trained_from_nothing(
    recipe: ClassifierConfig, weights_there: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "has_weights", lambda: weights_there)
    filled: list[Any] = []
    monkeypatch.setattr(tasks, "fill_front", filled.append)
    large = crops_of()
    doubled = [np.repeat(np.repeat(one, 2, axis=1), 2, axis=2) for one in (large.train_images, large.test_images)]
    large = replace(large, train_images=doubled[0], test_images=doubled[1])
    task = task_of(large, replace(recipe, model=ModelConfig(architecture="auto", units=8)), 2, 0)
    task.prepare("a classifier")
    expected = ("front", (64, 64, 3), ["a classifier"]) if weights_there else ("valid", (36, 36, 3), [])
    assert (task.model.architecture, task.shape, filled) == expected


def trained(arrays: Arrays, config: ClassifierConfig, seed: int = 0, **more: Any) -> Trained:
    assert arrays.crops is not None
    return train_classifier(arrays, config, arrays.crops.classes, seed, **more)


def test_a_seed_decides_the_weights(recipe: ClassifierConfig) -> None:
    one, two, other = (trained(crops_of(), recipe, seed) for seed in (3, 3, 4))
    assert one.classifier.output_shape == (None, 3)
    assert same(one, two)
    assert not same(one, other)
    assert one.sample.counts.tolist() == [16, 8]
    assert one.sample.scores.shape == (200, 3)


@pytest.mark.parametrize(("counts", "channels"), [((12,), 3), ((8, 8), 1)])
def test_one_class_and_grey_crops_are_trained_on(
    recipe: ClassifierConfig, counts: tuple[int, ...], channels: int
) -> None:
    done = trained(crops_of(counts, channels), recipe)
    assert done.classifier.input_shape == (None, 36, 36, channels)
    assert done.classifier.output_shape == (None, len(counts) + 1)
    assert done.metrics["epochs"] == 3
    assert np.isfinite(done.metrics["val_loss"])


class CutOff(keras.callbacks.Callback):  # type: ignore[misc]
    """Ends the process's training before an epoch, as a person does."""

    def __init__(self, epoch: int) -> None:
        super().__init__()
        self.at = epoch

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if epoch == self.at:
            raise KeyboardInterrupt


@pytest.mark.parametrize("at", [1, 2])
def test_what_was_cut_off_ends_with_the_same_weights(recipe: ClassifierConfig, at: int, tmp_path: Path) -> None:
    """Scenes are searched before the second epoch, and what was found there is learnt again after an interruption."""
    scene = np.zeros((80, 80, 3), np.uint8)
    scene[20:60, 20:60, 2] = 230
    arrays, config = crops_of(scenes=(scene,)), background(recipe, looks=[0.4])
    heard: list[int] = []

    def look(model: Any, epoch: int) -> Mapping[int, Sequence[Finding]]:
        heard.append(epoch)
        return {0: [Finding(1, 40.0, 40.0, 40.0, 0.9)]}

    whole = trained(arrays, config, look=look)
    assert heard == [1]
    assert not same(whole, trained(arrays, config))  # it does learn of what was found
    heard.clear()
    more: dict[str, Any] = {"checkpoint": tmp_path / "training.npz", "look": look}
    with pytest.raises(KeyboardInterrupt):
        trained(arrays, config, callbacks=[CutOff(at)], **more)
    assert same(trained(arrays, config, **more), whole)
    assert heard == [1, 1]


def test_shown_are_windows_whose_class_can_be_told_and_of_sprites_the_test_images(recipe: ClassifierConfig) -> None:
    arrays = crops_of()
    source = task_of(arrays, recipe, 2, 0).source
    assert source is not None
    drawn = source.draw(100, [1])
    images, labels = shown_to(arrays, recipe.background, lambda: drawn)
    certainty: Any = drawn.certainty
    assert 0 < len(images) < 100
    np.testing.assert_array_equal(images, drawn.images[certainty >= 0.5])
    np.testing.assert_array_equal(labels, drawn.labels[certainty >= 0.5])

    def none() -> Any:
        raise AssertionError("no windows are drawn")

    for given, knobs in ((replace(arrays, crops=None), recipe), (arrays, background(recipe, windows=0))):
        assert shown_to(given, knobs.background, none)[0] is arrays.test_images
