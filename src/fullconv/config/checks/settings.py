"""Checks that need a value's meaning or several keys at once; types are the schema's business."""

import math
import re

from fullconv.config.checks.background import check_background
from fullconv.config.checks.heatmap import check_heatmap
from fullconv.config.checks.inspect import check_inspect
from fullconv.config.checks.mosaics import check_mosaics
from fullconv.config.checks.objective import check_objective
from fullconv.config.checks.photos import check_photos
from fullconv.config.checks.registry import check_registry
from fullconv.config.checks.requirement import require
from fullconv.config.checks.tracking import check_tracking
from fullconv.config.layout import PHOTOS
from fullconv.config.schema import ClassifierConfig, DatasetConfig, ExperimentConfig, LocateConfig


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
    _check_locate(f"{at}.locate", locate)
    check_inspect(config.inspect, f"{at}.inspect")


def _check_locate(at: str, locate: LocateConfig) -> None:
    require(0 < locate.floor <= 1, f"{at}.floor", locate.floor, "Give a probability above 0.")
    require(
        locate.threshold is None or 0 <= locate.threshold <= 1,
        f"{at}.threshold",
        locate.threshold,
        "Give a probability, 0 to 1, or null for the best F1 on the validation mosaics.",
    )
    require(0 <= locate.overlap <= 1, f"{at}.overlap", locate.overlap, "Give an intersection over union, 0 to 1.")
    require(
        len(locate.sizes) in (0, 2) and all(math.isfinite(size) and size > 0 for size in locate.sizes),
        f"{at}.sizes",
        locate.sizes,
        "Give the smallest and the largest object in pixels, or [] for the training size alone.",
    )
    require(
        1.01 <= locate.spacing < math.inf, f"{at}.spacing", locate.spacing, "Give a ratio of 1.01 or more, say 1.19."
    )
    require(0 <= locate.border < 0.5, f"{at}.border", locate.border, "Give a share of the window below 0.5.")
    require(locate.stride is None or locate.stride > 0, f"{at}.stride", locate.stride, "Give pixels, or null.")
    for key, choices in (
        ("engine", ("auto", "stitch", "dilate", "fragment")),
        ("fuse", ("max", "mean", "geometric")),
        ("box", ("auto", "window", "tight")),
    ):
        received = getattr(locate, key)
        require(received in choices, f"{at}.{key}", received, f"Choose one of {', '.join(choices)}.")
    require(locate.probe >= 0, f"{at}.probe", locate.probe, "Give images, or 0 for none.")
    require(not locate.probe or bool(locate.sizes), f"{at}.probe", locate.probe, f"Give {at}.sizes for it to narrow.")
    require(locate.batch_size > 0, f"{at}.batch_size", locate.batch_size, "Give 1 or more.")


def _check_dataset(config: DatasetConfig) -> None:
    require(
        config.polarity in ("light", "dark", "auto"),
        "dataset.polarity",
        config.polarity,
        "Choose light, dark or auto.",
    )
    require(
        config.names is None or isinstance(config.names, dict),
        "dataset.names",
        config.names,
        'Give a mapping of categories to classes, such as {zero: "0", one: "1"}.',
    )
    require(config.figures >= 0, "dataset.figures", config.figures, "Give 0 or more.")


def check_settings(settings: ExperimentConfig) -> None:
    """Check what types cannot.

    Raises:
        InputError: naming the first key whose value cannot be used.
    """
    for name, classifier in settings.classifiers.items():
        _check_classifier(name, classifier)
    for name, mosaics in settings.mosaics.items():
        check_mosaics(mosaics, f"mosaics.{name}")
    _check_dataset(settings.dataset)
    check_tracking(settings.tracking)
    check_heatmap(settings.heatmap, "heatmap")
    check_photos(settings.photos, "photos")
    check_registry(settings.registry, "registry")
    require(PHOTOS not in settings.classifiers, f"classifiers.{PHOTOS}", PHOTOS, "Choose another name: it is a stage.")
    known = ", ".join(settings.classifiers)
    choice = settings.classifier
    require(choice is not None, "classifier", None, f"Choose one of {known}.")
    require(choice.name in settings.classifiers, "classifier", choice.name, f"Choose one of {known}.")
    require(
        settings.names == list(settings.classifiers), "names", settings.names, "It follows `classifiers`; leave it out."
    )
    check_objective(settings.objective, settings.mosaics)
    threads = settings.job.threads
    require(threads is None or threads > 0, "job.threads", threads, "Give 1 or more, or null for the cores' share.")
    require(
        0 < settings.data.validation_share < 1, "data.validation_share", settings.data.validation_share, "Give 0 to 1."
    )
