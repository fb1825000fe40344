"""The plain classifier of crops that sliding windows and activation maps start from."""

from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.own.material import Material, Pixels, resized

Floats = npt.NDArray[np.float32]
SMALL, LARGE, BETWEEN = 32, 48, 48.0  # input sides, and the median side of crops from which the larger is taken
BATCH, STEPS, EPOCHS = 32, 2500, 40  # at most so many steps or epochs, whichever comes first
BACKGROUND = 1.0  # pieces of the scenes to one crop, at least `FEWEST`
FEWEST = 500


def side_of(material: Material) -> int:
    """Return the classifier's input side in pixels."""
    return SMALL if float(np.median(np.sqrt(material.sizes.prod(axis=1)))) < BETWEEN else LARGE


def stretched(pieces: list[Pixels], side: int) -> Floats:
    """Return pieces (N, side, side, 3), each stretched to a square, in 0..1."""
    return np.stack([resized(one, side, side) for one in pieces]).astype(np.float32) / np.float32(255)


def pieces_of(material: Material, generator: np.random.Generator) -> list[Pixels]:
    """Return pieces of the scenes, as large as crops are: mostly ground, though objects may be among them."""
    scenes = list(material.scenes())
    made = []
    for _ in range(max(FEWEST, round(BACKGROUND * len(material.labels)))):
        scene = scenes[generator.integers(len(scenes))]
        size = material.sizes[generator.integers(len(material.sizes))]
        height, width = (int(min(side, whole)) for side, whole in zip(size, scene.shape[:2], strict=True))
        top, left = (int(generator.integers(w - s + 1)) for w, s in zip(scene.shape[:2], (height, width), strict=True))
        made.append(scene[top : top + height, left : left + width])
    return made


def trained(material: Material, background: bool, seed: int) -> Any:
    """Return the pipeline's `swish` in colour, trained by Adam on crops stretched to squares.

    Classes weigh the same. With `background` pieces of the scenes are one more class, the last.
    """
    import keras

    from fullconv.config.schema import ModelConfig
    from fullconv.models.build import build_classifier

    keras.utils.set_random_seed(seed)
    side, labels = side_of(material), material.labels
    images = stretched(material.crops, side)
    if background:
        pieces = stretched(pieces_of(material, np.random.default_rng(seed)), side)
        images, labels = np.concatenate([images, pieces]), np.r_[labels, np.full(len(pieces), len(material.classes))]
    outputs = len(material.classes) + background
    config = ModelConfig(architecture="swish", channels=[16, 32, 64], units=64)
    model = build_classifier(config, (side, side, 3), max(2, outputs), seed)
    steps = -(-len(labels) // BATCH)
    share = np.bincount(labels, minlength=max(2, outputs))
    weight = {label: len(labels) / (outputs * count) for label, count in enumerate(share) if count}
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(
        images, labels, batch_size=BATCH, epochs=max(1, min(EPOCHS, STEPS // steps)), class_weight=weight, verbose=0
    )
    return model
