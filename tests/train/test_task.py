"""What a classifier is trained for, where its images are the windows themselves."""

from collections.abc import Callable

import numpy as np

from fullconv.config.schema import ExperimentConfig
from fullconv.data.arrays import Arrays
from fullconv.models.build import build_classifier
from fullconv.train.task import task_of, with_windows_for


def test_auto_takes_a_network_for_which_the_images_are_large_enough(
    settings_with: Callable[..., ExperimentConfig],
) -> None:
    images, labels = np.zeros((20, 28, 28, 1), np.uint8), np.arange(20, dtype=np.int32) % 10
    config = settings_with("data=digits", "model=auto").classifiers["plain"]
    task = task_of(Arrays(images, labels, images, labels), config, 10, seed=0)
    assert task.shape == (28, 28, 1)
    assert build_classifier(task.model, task.shape, 10, seed=0).output_shape == (None, 10)


def test_many_classes_have_more_windows_and_images_as_they_are_none(
    settings_with: Callable[..., ExperimentConfig],
) -> None:
    located = settings_with("data=folder").classifiers["located"]
    counts = [with_windows_for(located, classes).background.windows for classes in (1, 10, 26)]
    assert counts == [12_000, 12_000, 31_200]
    few = settings_with("data=folder", "classifiers.located.background.windows=200").classifiers["located"]
    assert with_windows_for(few, 2).background.windows == 200
    plain = settings_with("classifiers.plain.background.up_to=5").classifiers["plain"]
    assert with_windows_for(plain, 10).background.windows == 0
