"""From a configuration to an untrained classifier."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras

from fullconv.errors import InputError
from fullconv.models.dense_blocks import dense_blocks_features
from fullconv.models.front import SMALLEST, front_features
from fullconv.models.head import dense_head
from fullconv.models.inception import inception_features
from fullconv.models.lenet import lenet_features
from fullconv.models.residual import residual_features
from fullconv.models.small import small_features
from fullconv.models.swish import swish_features
from fullconv.models.valid import valid_features

if TYPE_CHECKING:
    from fullconv.config.schema import ModelConfig


@dataclass(frozen=True)
class Architecture:
    """A network's features and what its configuration must look like."""

    features: Callable[[Any, list[int], int], Any]  # image, channels, repeats
    activation: str  # of the hidden dense layer
    smallest: int | tuple[int, ...]  # image side in pixels, with 1 repeat, or with each number of them
    channels: int | None  # how many numbers `channels` must hold; None: any but none
    repeats: int | None  # most convolutions (or blocks) per resolution; None: any number
    each: int = 0  # pixels that every further repeat adds to `smallest`
    thinnest: int = 1  # least width

    def smallest_side(self, repeats: int) -> int:
        """Return the least image side in pixels that leaves a cell."""
        if isinstance(self.smallest, tuple):
            return self.smallest[repeats - 1]
        return self.smallest + (repeats - 1) * self.each


ARCHITECTURES = {
    "swish": Architecture(swish_features, "swish", smallest=1, channels=None, repeats=None),
    "lenet": Architecture(lenet_features, "relu", smallest=4, channels=2, repeats=1),
    "small": Architecture(small_features, "relu", smallest=3, channels=2, repeats=1),
    "valid": Architecture(valid_features, "relu", smallest=16, channels=2, repeats=2),
    "front": Architecture(front_features, "relu", smallest=SMALLEST, channels=1, repeats=6, thinnest=0),
    "inception": Architecture(inception_features, "relu", smallest=14, channels=2, repeats=None, each=8),
    "residual": Architecture(residual_features, "relu", smallest=14, channels=2, repeats=None, each=8),
    "dense_blocks": Architecture(dense_blocks_features, "relu", smallest=10, channels=2, repeats=None, each=4),
}


def _architecture(name: str) -> Architecture:
    if name not in ARCHITECTURES:
        raise InputError("model.architecture", f"unknown {name!r}", f"Choose one of {', '.join(ARCHITECTURES)}.")
    return ARCHITECTURES[name]


def _check_channels(config: "ModelConfig", architecture: Architecture) -> None:
    channels = list(config.channels)
    expected = architecture.channels
    if not channels or (expected is not None and len(channels) != expected):
        raise InputError(
            "model.channels",
            f"{len(channels)} widths for {config.architecture!r}",
            f"Give {'at least one' if expected is None else expected}, one per resolution.",
        )
    if min(channels) < architecture.thinnest:
        raise InputError("model.channels", f"received {channels}", f"Give widths of at least {architecture.thinnest}.")


def _check_knobs(config: "ModelConfig", architecture: Architecture) -> None:
    if config.units < 1:
        raise InputError("model.units", f"received {config.units}", "Give a width of at least 1.")
    most = architecture.repeats
    if config.repeats < 1 or (most is not None and config.repeats > most):
        raise InputError(
            "model.repeats",
            f"received {config.repeats} for {config.architecture!r}",
            "Give at least 1." if most is None else f"Give at least 1, for this architecture at most {most}.",
        )
    for key in ("feature_dropout", "head_dropout"):
        share = getattr(config, key)
        if not 0 <= share < 1:
            raise InputError(f"model.{key}", f"received {share}", "Give a share from 0 up to but not including 1.")


def _check_sizes(config: "ModelConfig", smallest: int, input_shape: tuple[int, int, int], classes: int) -> None:
    if len(input_shape) != 3 or min(input_shape) < 1:
        raise InputError("input_shape", f"received {input_shape}", "Give height, width and channels, each at least 1.")
    if min(input_shape[:2]) < smallest:
        raise InputError(
            "input_shape",
            f"{input_shape[0]}×{input_shape[1]} pixels leave {config.architecture!r} nothing to look at",
            f"Give images of at least {smallest}×{smallest} pixels or choose another model.",
        )
    if classes < 2:
        raise InputError("classes", f"received {classes}", "Give at least 2.")


def build_classifier(
    config: "ModelConfig", input_shape: tuple[int, int, int], classes: int, seed: int
) -> "keras.Model":
    """Return an untrained classifier: images `(N, H, W, C)` in 0..1 → probabilities `(N, K)`.

    The same arguments give the same weights. Every layer has a fixed name, so that a saved file does not
    depend on what else was built in the process.

    Raises:
        InputError: an unknown architecture, or a knob that it cannot take.
    """
    architecture = _architecture(config.architecture)
    _check_channels(config, architecture)
    _check_knobs(config, architecture)
    _check_sizes(config, architecture.smallest_side(config.repeats), input_shape, classes)
    keras.utils.set_random_seed(seed)
    image = keras.Input(input_shape, name="image")
    probabilities = dense_head(
        architecture.features(image, list(config.channels), config.repeats),
        units=config.units,
        classes=classes,
        activation=architecture.activation,
        feature_dropout=config.feature_dropout,
        head_dropout=config.head_dropout,
    )
    return keras.Model(image, probabilities, name=config.architecture)
