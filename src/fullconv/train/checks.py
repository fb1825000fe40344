"""What `fit` accepts, checked before any work starts."""

import math
from numbers import Integral, Real
from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.config.schema import AugmentConfig, TrainConfig
from fullconv.errors import InputError

FILLS = ("nearest", "constant", "reflect", "wrap")


def _check_count(key: str, value: Any, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, Integral) or int(value) < least:
        raise InputError(key, f"received {value!r}", f"Give a whole number, {least} or more.")


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)


def check_config(config: TrainConfig, augment: AugmentConfig, seed: int) -> None:
    """Check every knob of the optimization.

    Raises:
        InputError: a knob is of the wrong type or out of range, or there is no epoch to train.
    """
    _check_count("seed", seed, 0)
    _check_count("train.epochs", config.epochs, 0)
    _check_count("train.batch_size", config.batch_size, 1)
    _check_count("train.patience", config.patience, 0)
    _check_count("train.shards", config.shards, 1)
    _check_count("augment.epochs", augment.epochs, 0)
    if not _is_number(config.learning_rate) or config.learning_rate <= 0:
        raise InputError(
            "train.learning_rate", f"received {config.learning_rate!r}", "Give a finite number above 0, such as 0.001."
        )
    if not _is_number(augment.shift) or not 0 <= augment.shift < 1:
        raise InputError(
            "augment.shift", f"received {augment.shift!r}", "Give a share of height and width, 0 or more and below 1."
        )
    if augment.fill not in FILLS:
        raise InputError("augment.fill", f"received {augment.fill!r}", f"Choose one of {', '.join(FILLS)}.")
    if config.epochs + augment.epochs == 0:
        raise InputError("train.epochs", "received 0, and augment.epochs is 0 too", "Give at least one of them.")


def check_model(model: Any) -> None:
    """Check that a model takes one batch of images and gives one score per class.

    Raises:
        InputError: it has several inputs or outputs, or they are of another rank.
    """
    for end, shape, rank, axes in (
        ("input", model.input_shape, 4, "(N, H, W, C)"),
        ("output", model.output_shape, 2, "(N, K)"),
    ):
        if not isinstance(shape, tuple) or len(shape) != rank or shape[-1] is None:
            raise InputError(f"model.{end}_shape", f"received {shape}", f"Give a classifier with one {end} {axes}.")


def check_probabilities(model: Any, images: npt.NDArray[np.uint8]) -> None:
    """Check that the model's scores of `images` `(N, H, W, C)` are probabilities, as the loss takes them to be.

    Raises:
        InputError: they are negative or do not add up to 1, as where a softmax is missing.
    """
    scores = np.asarray(model(images.astype(np.float32) / 255, training=False), np.float64)
    if not (scores.min() >= 0 and np.abs(scores.sum(axis=1) - 1).max() < 0.01):
        raise InputError(
            "model",
            f"received scores {scores.min():.3g} to {scores.max():.3g}",
            "Let it end in a softmax over classes.",
        )


def check_images(name: str, images: npt.NDArray[Any], labels: npt.NDArray[Any], model: Any) -> None:
    """Check images `(N, H, W, C)` and labels `(N,)` against each other and against the model.

    Raises:
        InputError: wrong rank, type or size, no images at all, or a label that is no class of the model.
    """
    if not isinstance(images, np.ndarray) or images.dtype != np.uint8 or images.ndim != 4:
        raise InputError(f"{name}_images", f"received {_described(images)}", "Give uint8 pixels (N, H, W, C).")
    if not isinstance(labels, np.ndarray) or labels.dtype.kind not in "iu" or labels.ndim != 1:
        raise InputError(f"{name}_labels", f"received {_described(labels)}", "Give whole numbers (N,).")
    if len(images) == 0:
        raise InputError(f"{name}_images", "received no images", "Give at least one.")
    if len(images) != len(labels):
        raise InputError(
            f"{name}_labels", f"received {len(labels)} for {len(images)} images", "Give one label per image."
        )
    taken = model.input_shape[1:]
    if any(size not in (None, given) for size, given in zip(taken, images.shape[1:], strict=True)):
        raise InputError(
            f"{name}_images", f"received shape {images.shape}", f"The model takes images of (H, W, C) = {taken}."
        )
    classes = model.output_shape[-1]
    if labels.min() < 0 or labels.max() >= classes:
        raise InputError(
            f"{name}_labels",
            f"received labels {labels.min()} to {labels.max()}",
            f"The model has {classes} classes, 0 to {classes - 1}.",
        )


def check_finite(logs: dict[str, float], epoch: int) -> None:
    """Check that training has not run away.

    Raises:
        InputError: the loss of training or validation is no longer a finite number.
    """
    broken = {name: value for name, value in logs.items() if not math.isfinite(value)}
    if broken:
        named = ", ".join(f"{name} {value}" for name, value in broken.items())
        raise InputError(
            "train.learning_rate", f"{named} after epoch {epoch + 1}", "Training ran away: give a smaller one."
        )


def _described(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype} of shape {value.shape}"
    return type(value).__name__
