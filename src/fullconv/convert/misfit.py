"""How badly images fit what a network was trained on, from its own numbers."""

from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from fullconv.convert.last_layer import without_activation

FloatArray = npt.NDArray[np.float32]

_LAYERS = 3  # batch normalizations that are compared: the first see the range of pixels best
_LEAST = 1e-3
# By how much the best class of an image lies above the mean class, in nats of logits: between the 2 to 60 of networks
# that read what they were trained on, and the hundreds of those that get it 255 times too large.
_USUAL = 18.0
_TINY = 1e-37


def normalizations(model: Any) -> list[Any]:
    """Return the first batch normalizations of a conversion's network."""
    found = (layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization))
    return [layer for layer in found if len(layer._inbound_nodes) == 1][:_LAYERS]


def statistics_misfit(model: Any, images: FloatArray) -> float:
    """Return how far what batch normalizations see of images (N, H, W, C) lies from what they saw in training, in nats.

    The divergence of two normal distributions, of the images' mean and variance from those that were learnt: the median
    over the channels, the mean over the layers.
    """
    layers = normalizations(model)
    seen = keras.Model(model.inputs[0], [layer.input for layer in layers])(images, training=False)
    parts = []
    for layer, numbers in zip(layers, seen if isinstance(seen, list | tuple) else [seen], strict=True):
        array = np.asarray(numbers, np.float64)
        axes = tuple(range(array.ndim - 1))
        mean, variance = array.mean(axes), array.var(axes)
        learnt, spread = (np.asarray(one, np.float64) for one in (layer.moving_mean, layer.moving_variance))
        ratio = (variance + _LEAST) / (spread + _LEAST)
        parts.append(np.median(ratio - 1 - np.log(ratio) + (mean - learnt) ** 2 / (spread + _LEAST)) / 2)
    return float(np.mean(parts))


def size_misfit(model: Any, images: FloatArray) -> float:
    """Return how far the size of a network's logits on images (N, H, W, C) lies from the usual, squared, in nats.

    Pixels that are 255 times too large or too small make logits that decide everything or nothing.
    """
    logits = logits_of(model, images)
    size = np.median(logits.max(axis=-1) - logits.mean(axis=-1))
    return float(np.log(max(size, _LEAST) / _USUAL) ** 2)


def logits_of(model: Any, images: FloatArray) -> FloatArray:
    """Return the logits (N, K) of images (N, H, W, C), the mean over each one's cells; of one score, of two classes."""
    with without_activation(model) as taken:
        scores = np.asarray(model(images, training=False), np.float32)
    if not taken:
        scores = np.log(np.maximum(scores, _TINY)) if (scores >= 0).all() and (scores <= 1.001).all() else scores
    means = scores.reshape(len(images), -1, scores.shape[-1]).mean(axis=1)
    return np.concatenate([-means / 2, means / 2], axis=-1) if means.shape[-1] == 1 else means
