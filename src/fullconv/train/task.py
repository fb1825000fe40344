"""What a classifier is trained for: its network, its images, what each epoch draws and what it is validated on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.config.schema import ClassifierConfig, ModelConfig
from fullconv.data.arrays import Arrays
from fullconv.data.crops.crops import Crops
from fullconv.data.crops.measures import measures_of
from fullconv.data.windows.backgrounds import with_background
from fullconv.data.windows.drawing import WindowSource
from fullconv.data.windows.parts import Finding
from fullconv.data.windows.pasting import CropSource
from fullconv.data.windows.symmetry import KNOWN, Symmetries, symmetries_of
from fullconv.data.windows.windows import Windows
from fullconv.imagenet.front_weights import fill_front, has_weights
from fullconv.models.boxes import BoxRegression
from fullconv.models.choice import chosen_model, window_of
from fullconv.models.front import NAME as FRONT
from fullconv.train.boxes import DRAWN, fitted_boxes
from fullconv.train.material import Drawn, Fixed, Material
from fullconv.train.passes import scorer

# The model and the number of an epoch → what it finds in some scenes, by their number.
Look = Callable[[Any, int], Mapping[int, Sequence[Finding]]]

_BOXES = 5  # of random streams; those of training and of its material are 0 to 4
_CERTAIN, _NONE = 0.6, 0.05  # of windows to validate on: those between are of no class for sure


@dataclass(frozen=True, eq=False)
class Task:
    """A network's configuration, the shape (H, W, C) of its images, what it learns from and is validated on.

    `source` is None where the same images serve in every epoch: then they are `windows`.
    """

    model: ModelConfig
    shape: tuple[int, int, int]
    source: "WindowSource | CropSource | None"
    windows: Windows
    validation_images: npt.NDArray[np.uint8]
    validation_labels: npt.NDArray[np.int32]

    def material(self, config: ClassifierConfig, seed: int, classifier: Any, look: Look | None) -> Material:
        """Return what each epoch trains `classifier` on; scenes are looked at in between where there is a `look`."""
        source = self.source
        if source is None:
            return Fixed(self.windows.images, self.windows.labels)
        if look is None or not isinstance(source, CropSource):
            return Drawn(source, config.background, seed, scorer(classifier))
        crops, epochs = source, config.train.epochs
        rounds = sorted({max(1, round(share * epochs)) for share in config.background.looks})
        return Drawn(
            crops,
            config.background,
            seed,
            scorer(classifier),
            [one for one in rounds if one < epochs],
            lambda number: crops.learn(look(classifier, number)),
        )

    def boxes(self, classifier: Any, config: ClassifierConfig, seed: int) -> BoxRegression | None:
        """Return what tells the frames of objects in windows by what a trained classifier sees; None without crops."""
        if not isinstance(self.source, CropSource):
            return None
        drawn = self.source.draw(min(DRAWN, 2 * config.background.windows), [seed, _BOXES])
        return fitted_boxes(classifier, drawn, self.windows)

    def prepare(self, classifier: Any) -> None:
        """Give a new classifier what it begins with."""
        if self.model.architecture == FRONT and has_weights():
            fill_front(classifier)


def task_of(arrays: Arrays, config: ClassifierConfig, classes: int, seed: int) -> Task:
    """Return what a classifier is trained for, by its configuration.

    Raises:
        InputError: as `with_background`.
    """
    if arrays.crops is not None and config.background.windows:
        return _of_crops(arrays, arrays.crops, config, classes, seed)
    data = with_background(arrays, config.background, classes, seed)
    height, width, channels = data.train_images.shape[1:]
    source = (
        WindowSource(data.train_images, data.train_labels, config.background) if config.background.windows else None
    )
    return Task(
        chosen_model(config.model, height, has_weights()),
        (height, width, channels),
        source,
        Windows(data.train_images, data.train_labels),
        data.test_images,
        data.test_labels,
    )


def with_windows_for(config: ClassifierConfig, classes: int) -> ClassifierConfig:
    """Return a configuration whose epochs have windows enough for so many classes."""
    background = config.background
    more = max(1.0, classes / background.up_to) if background.up_to else 1.0
    return replace(config, background=replace(background, windows=round(background.windows * more)))


def crop_source(arrays: Arrays, crops: Crops, config: ClassifierConfig, seed: int) -> CropSource:
    """Return what draws windows of the training crops."""
    side = round(arrays.train_images.shape[1] / (1 + 2 * crops.margin))
    trained = has_weights() or config.model.architecture != "auto"
    window = window_of(side if trained else 0)
    return CropSource(
        arrays.train_images,
        arrays.train_labels,
        crops.train_sizes,
        crops,
        config.background,
        window,
        [one.aspect for one in measures_of(arrays.train_labels, crops.train_sizes, len(crops.classes))],
        config.train.balance,
        _symmetries(arrays, config.augment.flips, seed),
    )


def _symmetries(arrays: Arrays, wanted: str, seed: int) -> Symmetries:
    if wanted == "auto":
        return symmetries_of(arrays.train_images, arrays.train_labels, seed)
    return KNOWN if wanted == "all" else ()


def _of_crops(arrays: Arrays, crops: Crops, config: ClassifierConfig, classes: int, seed: int) -> Task:
    source = crop_source(arrays, crops, config, seed)
    held_out = source.of_others(arrays.test_images, arrays.test_labels, crops.test_sizes)
    drawn = held_out.draw(2 * config.background.test, [seed, 1])
    certainty = drawn.certainty if drawn.certainty is not None else np.ones(len(drawn.labels))
    (kept,) = np.nonzero((certainty >= _CERTAIN) | (certainty < _NONE))
    labels = np.where(certainty[kept] >= _CERTAIN, drawn.labels[kept], classes).astype(np.int32)
    return Task(
        chosen_model(config.model, source.shape[0], has_weights()),
        source.shape,
        source,
        drawn,
        drawn.images[kept],
        labels,
    )
