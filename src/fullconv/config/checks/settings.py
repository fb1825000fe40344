"""Checks that need a value's meaning or several keys at once; types are the schema's business."""

import math
import re

from fullconv.config.checks.background import check_background
from fullconv.config.checks.choice import check_choice
from fullconv.config.checks.data import check_data
from fullconv.config.checks.dataset import check_dataset
from fullconv.config.checks.inspect import check_inspect
from fullconv.config.checks.locate import check_locate
from fullconv.config.checks.mosaics import check_mosaics
from fullconv.config.checks.objective import check_objective
from fullconv.config.checks.photos import check_photos
from fullconv.config.checks.registry import check_registry
from fullconv.config.checks.requirement import require
from fullconv.config.checks.serve import check_serve
from fullconv.config.checks.tracking import check_tracking
from fullconv.config.formats import check_formats
from fullconv.config.layout import PHOTOS
from fullconv.config.own_sets import fitting
from fullconv.config.schema import ClassifierConfig, ExperimentConfig


def _check_classifier(name: str, config: ClassifierConfig) -> None:
    at = f"classifiers.{name}"
    train, augment, convert, locate = config.train, config.augment, config.convert, config.locate
    check_background(config.background, f"{at}.background")
    require(train.decay in ("none", "cosine"), f"{at}.train.decay", train.decay, "Choose none or cosine.")
    require(bool(re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", name)), at, name, "Use letters, digits, - and _.")
    require(train.epochs >= 0, f"{at}.train.epochs", train.epochs, "Give 0 or more.")
    require(augment.epochs >= 0, f"{at}.augment.epochs", augment.epochs, "Give 0 or more.")
    require(
        train.epochs + augment.epochs > 0, f"{at}.train.epochs", train.epochs, "Give at least one epoch of training."
    )
    require(train.batch_size > 0, f"{at}.train.batch_size", train.batch_size, "Give 1 or more.")
    require(
        math.isfinite(train.learning_rate) and train.learning_rate > 0,
        f"{at}.train.learning_rate",
        train.learning_rate,
        "Give a positive number.",
    )
    require(train.patience >= 0, f"{at}.train.patience", train.patience, "Give epochs, or 0 for never.")
    require(train.shards > 0, f"{at}.train.shards", train.shards, "Give 1 or more; best, the number of cores.")
    require(
        train.distribution in ("none", "mirrored"),
        f"{at}.train.distribution",
        train.distribution,
        "Choose none or mirrored.",
    )
    require(convert.head in ("window", "cell"), f"{at}.convert.head", convert.head, "Choose window or cell.")
    require(convert.images > 0, f"{at}.convert.images", convert.images, "Give 1 or more.")
    require(convert.tolerance > 0, f"{at}.convert.tolerance", convert.tolerance, "Give a positive difference.")
    check_formats(convert.format, f"{at}.convert.format")
    check_locate(locate, f"{at}.locate")
    check_inspect(config.inspect, f"{at}.inspect")


def check_settings(settings: ExperimentConfig) -> None:
    """Check what types cannot.

    Raises:
        InputError: naming the first key whose value cannot be used.
    """
    check_formats(settings.convert.format, "format")
    check_locate(settings.locate, "locate")  # first: every classifier has the same, and a person typed this key
    for name, classifier in settings.classifiers.items():
        _check_classifier(name, classifier)
    for name, mosaics in settings.mosaics.items():
        check_mosaics(mosaics, f"mosaics.{name}")
    check_data(settings.data)
    check_dataset(settings.dataset)
    check_tracking(settings.tracking)
    check_photos(settings.photos, "photos")
    check_registry(settings.registry, "registry")
    check_serve(settings)
    require(PHOTOS not in settings.classifiers, f"classifiers.{PHOTOS}", PHOTOS, "Choose another name: it is a stage.")
    known = ", ".join(settings.classifiers)
    choice = settings.classifier
    require(choice is not None, "classifier", None, f"Choose one of {known}.")
    check_choice(settings)
    require(
        settings.names == list(settings.classifiers), "names", settings.names, "It follows `classifiers`; leave it out."
    )
    check_objective(settings.objective, fitting(settings.data, settings.mosaics, settings.mosaics))
    threads = settings.job.threads
    require(threads is None or threads > 0, "job.threads", threads, "Give 1 or more, or null for the cores' share.")
    require(
        0 < settings.data.validation_share < 1, "data.validation_share", settings.data.validation_share, "Give 0 to 1."
    )
