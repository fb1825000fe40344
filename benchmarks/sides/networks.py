"""Classifiers whose scores differ from image to image, for benchmarks."""

from typing import Any

SEED = 0
# Widths of the two convolutions and units of the hidden dense layer; 5×5 kernels, 2×2 pools, window 28, no padding.
NETWORKS = {"lenet": ([16, 32], 64), "lenet-wide": ([20, 50], 500)}


def lenet(network: str) -> Any:
    """Return the padding-free LeNet (architecture `valid`) with random weights that keep the variance."""
    import numpy as np

    from fullconv.config.schema import ModelConfig
    from fullconv.models.build import build_classifier

    channels, units = NETWORKS[network]
    config = ModelConfig(architecture="valid", channels=channels, units=units)
    classifier = build_classifier(config, (28, 28, 1), 10, SEED)
    rng = np.random.default_rng(SEED)
    for weight in classifier.weights:
        shape = tuple(weight.shape)
        weight.assign(rng.normal(0, np.sqrt(2 / np.prod(shape[:-1])) if len(shape) > 1 else 0.2, shape))
    return classifier


def resnet(top: bool) -> Any:
    """Return ResNet50 with random weights: a classifier of 224 × 224 pixels, or without its head, of any size."""
    import keras

    keras.utils.set_random_seed(SEED)
    return keras.applications.ResNet50(
        weights=None, include_top=top, input_shape=(224, 224, 3) if top else (None, None, 3)
    )


def image_of(side: int, channels: int = 1) -> Any:
    """Return one random image `(1, side, side, channels)`, pixels in 0..1."""
    import numpy as np

    return np.random.default_rng(SEED).random((1, side, side, channels), dtype=np.float32)
