"""Labelled images → a finder: training, conversion, what was met on the way."""

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
from fullconv.finders.made import Made
from fullconv.finders.met import dimensions_met
from fullconv.locate.channels import channels_of
from fullconv.locate.finder import PEAKS, REGIONS
from fullconv.models.pixels import PLAIN
from fullconv.proof.certificate import certify
from fullconv.proof.faithful import require_faithful
from fullconv.train.recipe import train_classifier

_THRESHOLD = 0.5


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
    with step("training"):
        trained = train_classifier(arrays, config, classes, seed, callbacks, checkpoint)
    with step("conversion"):
        conversion = convolutionalize(
            trained.classifier, head=config.convert.head, flip_kernels=config.convert.flip_kernels
        )
    with step("certificate"):
        images = arrays.test_images[: config.convert.images].astype(np.float32) / np.float32(255)
        certificate = certify(trained.classifier, conversion, images=images, pixels=PLAIN)
        require_faithful(certificate, config.convert.tolerance, where="convert.tolerance")
    channels = channels_of(classes, int(conversion.model.output_shape[-1]), "data.classes")
    dimensions = dimensions_met(arrays.train_labels, arrays.crops, len(classes))
    # A picture of a scene is no collage of pictures of one thing each, whatever its seams; known sizes need no probe.
    read, probe = PEAKS if channels.has_background else REGIONS, 0 if dimensions.sizes else config.locate.probe
    box = config.locate.box if arrays.crops is None else "window"  # crops say what an object's box is
    search = replace(config.locate, read=read, probe=probe, box=box)
    return Made(
        classifier=trained.classifier,
        conversion=conversion,
        certificate=certificate.as_dict(),
        history=trained.history,
        metrics=trained.metrics,
        channels=channels,
        dimensions=dimensions,
        thresholds=(_THRESHOLD,) * len(classes),
        config=search,
        seconds=seconds,
    )


def _clock(seconds: dict[str, float]) -> Callable[[str], Any]:
    @contextmanager
    def step(name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        seconds[name] = time.perf_counter() - start

    return step
