"""Checks that need a value's meaning or several keys at once; types are the schema's business."""

import math
import re

from fullconv.config.schema import ClassifierConfig, ExperimentConfig, MosaicConfig
from fullconv.errors import InputError


def _require(holds: bool, key: str, received: object, mend: str) -> None:
    if not holds:
        raise InputError(key, f"received {received!r}", mend)


def _check_classifier(name: str, config: ClassifierConfig) -> None:
    at = f"classifiers.{name}"
    train, augment, convert, locate = config.train, config.augment, config.convert, config.locate
    _require(bool(re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", name)), at, name, "Use letters, digits, - and _.")
    _require(train.epochs >= 0, f"{at}.train.epochs", train.epochs, "Give 0 or more.")
    _require(augment.epochs >= 0, f"{at}.augment.epochs", augment.epochs, "Give 0 or more.")
    _require(
        train.epochs + augment.epochs > 0, f"{at}.train.epochs", train.epochs, "Give at least one epoch of training."
    )
    _require(train.batch_size > 0, f"{at}.train.batch_size", train.batch_size, "Give 1 or more.")
    _require(
        math.isfinite(train.learning_rate) and train.learning_rate > 0,
        f"{at}.train.learning_rate",
        train.learning_rate,
        "Give a positive number.",
    )
    _require(train.patience >= 0, f"{at}.train.patience", train.patience, "Give epochs, or 0 for never.")
    _require(train.shards > 0, f"{at}.train.shards", train.shards, "Give 1 or more; best, the number of cores.")
    _require(convert.head in ("window", "cell"), f"{at}.convert.head", convert.head, "Choose window or cell.")
    _require(convert.images > 0, f"{at}.convert.images", convert.images, "Give 1 or more.")
    _require(convert.tolerance > 0, f"{at}.convert.tolerance", convert.tolerance, "Give a positive difference.")
    _require(0 <= locate.threshold <= 1, f"{at}.locate.threshold", locate.threshold, "Give a probability, 0 to 1.")
    _require(locate.distance >= 0, f"{at}.locate.distance", locate.distance, "Give pixels, 0 or more.")
    _require(locate.batch_size > 0, f"{at}.locate.batch_size", locate.batch_size, "Give 1 or more.")


def _check_mosaics(name: str, config: MosaicConfig) -> None:
    at = f"mosaics.{name}"
    _require(config.split in ("validation", "test"), f"{at}.split", config.split, "Choose validation or test.")
    _require(
        len(config.canvas) == 2 and min(config.canvas) > 0,
        f"{at}.canvas",
        config.canvas,
        "Give height and width in pixels, both positive.",
    )
    _require(config.images > 0, f"{at}.images", config.images, "Give 1 or more.")
    _require(config.figures >= 0, f"{at}.figures", config.figures, "Give 0 or more.")


def check_settings(settings: ExperimentConfig) -> None:
    """Check what types cannot.

    Raises:
        InputError: naming the first key whose value cannot be used.
    """
    for name, classifier in settings.classifiers.items():
        _check_classifier(name, classifier)
    for name, mosaics in settings.mosaics.items():
        _check_mosaics(name, mosaics)
    known = ", ".join(settings.classifiers)
    choice = settings.classifier
    _require(choice is not None, "classifier", None, f"Choose one of {known}.")
    _require(choice.name in settings.classifiers, "classifier", choice.name, f"Choose one of {known}.")
    _require(
        settings.names == list(settings.classifiers), "names", settings.names, "It follows `classifiers`; leave it out."
    )
    sets = [f"{name}.AP50" for name in settings.mosaics]
    _require(
        settings.objective.split(".")[0] in settings.mosaics and "." in settings.objective,
        "objective",
        settings.objective,
        f"Give <set of mosaics>.<metric>, such as {sets[0] if sets else 'test.AP50'}.",
    )
    _require(
        0 < settings.data.validation_share < 1, "data.validation_share", settings.data.validation_share, "Give 0 to 1."
    )
