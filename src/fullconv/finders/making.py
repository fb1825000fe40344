"""Labelled images → a finder: training, conversion, what was met on the way, what its scores are worth."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from fullconv.config.schema import ClassifierConfig
from fullconv.convert.conversion import convolutionalize
from fullconv.data.arrays import Arrays
from fullconv.finders.laying import knots_of, laid, seen, thresholds_of
from fullconv.finders.made import Made
from fullconv.finders.searching import dimensions_of, scene_look, search_of
from fullconv.finders.validation import held_out_scenes, measured, parts_of, searched, searched_parts
from fullconv.locate.calibration import calibrated
from fullconv.locate.channels import Channels
from fullconv.locate.finder import PEAKS, Finder
from fullconv.models.pixels import PLAIN
from fullconv.proof.certificate import certify
from fullconv.proof.faithful import require_faithful
from fullconv.train.recipe import train_classifier
from fullconv.train.shown import shown_to

_THRESHOLD = 0.5  # where no scene could be made


def make_finder(
    arrays: Arrays,
    config: ClassifierConfig,
    classes: Sequence[str],
    seed: int,
    callbacks: Sequence[Any] = (),
    checkpoint: Path | None = None,
) -> Made:
    """Train a classifier and make a finder of it; with a `checkpoint`, a file, it goes on where it was cut off.

    Raises:
        InputError: a key whose value cannot be trained with, or a conversion that is not faithful.
    """
    seconds: dict[str, float] = {}
    step = _clock(seconds)
    channels = Channels(tuple(classes), config.background.learned)
    dimensions = dimensions_of(arrays, config, len(classes))
    search = search_of(config.locate, channels, dimensions)
    with step("training"):
        look = scene_look(arrays, config, channels, search, seed, checkpoint)
        trained = train_classifier(arrays, config, classes, seed, callbacks, checkpoint, look)
    with step("conversion"):
        conversion = convolutionalize(
            trained.classifier, head=config.convert.head, flip_kernels=config.convert.flip_kernels
        )
    with step("certificate"):
        shown, _ = shown_to(arrays, config.background, lambda: trained.sample.windows)
        images = shown[: config.convert.images].astype(np.float32) / np.float32(255)
        certificate = certify(trained.classifier, conversion, images=images, pixels=PLAIN)
        require_faithful(certificate, config.convert.tolerance, where="convert.tolerance")
    made = Made(
        classifier=trained.classifier,
        conversion=conversion,
        certificate=certificate.as_dict(),
        history=trained.history,
        metrics=trained.metrics,
        sample=trained.sample,
        channels=channels,
        dimensions=dimensions,
        thresholds=(_THRESHOLD,) * len(classes),
        config=search,
        boxes=trained.boxes,
    )
    if arrays.crops is not None and search.read == PEAKS:
        with step("validation"):
            made = _validated(made, arrays, seed)
    return replace(made, seconds=seconds)


def _validated(made: Made, arrays: Arrays, seed: int) -> Made:
    """Return the finder with the thresholds and the calibration that held-out crops ask for, laid into scenes."""
    crops = arrays.crops
    assert crops is not None
    finder = Finder(
        "in validation",
        made.conversion,
        made.channels,
        made.config,
        dimensions=made.dimensions.reduced(crops.reduced),
        boxes=made.boxes,
    )
    scenes, classes = held_out_scenes(arrays, seed), len(made.channels.classes)
    found = searched(finder, scenes)
    if crops.scenes:
        own = held_out_scenes(arrays, seed, in_scenes=True)
        largest = max((sizes[-1] for sizes in made.dimensions.reduced(crops.reduced).sizes), default=0.0)
        parts = parts_of(crops.scenes, largest, seed)
        objects, others = laid(own, searched(finder, own)), seen(searched_parts(finder, parts))
    else:
        objects, others = laid(scenes, found), seen(found)
    thresholds = thresholds_of(objects, others, classes)
    knots = knots_of(objects, others, thresholds) if crops.scenes else ()
    reached = tuple(round(float(one), 4) for one in calibrated(np.array(thresholds), knots))
    known = measured(finder, scenes, found, knots)
    metrics = known.meter.metrics(reached) | known.meter.by_class(reached)
    return replace(made, calibration=knots, thresholds=reached, validation=metrics, measured=known)


def _clock(seconds: dict[str, float]) -> Callable[[str], Any]:
    @contextmanager
    def step(name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        seconds[name] = time.perf_counter() - start

    return step
