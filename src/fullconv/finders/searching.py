"""How the finder of a data set searches, and what it finds in the data set's scenes between epochs."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from fullconv.config.schema import ClassifierConfig, LocateConfig
from fullconv.data.arrays import Arrays
from fullconv.finders.looking import Findings, look_for
from fullconv.finders.met import dimensions_met
from fullconv.locate.channels import Channels
from fullconv.locate.dimensions import Dimensions
from fullconv.locate.finder import PEAKS, REGIONS
from fullconv.train.checkpoint import FOUND
from fullconv.train.identity import training_digest
from fullconv.train.task import Look


def dimensions_of(arrays: Arrays, config: ClassifierConfig, classes: int) -> Dimensions:
    """Return the frames and sizes of classes for the window that a classifier of such a configuration has."""
    return dimensions_met(arrays.train_labels, arrays.crops, classes, config.background.windows > 0)


def search_of(config: LocateConfig, channels: Channels, dimensions: Dimensions) -> LocateConfig:
    """Return how a finder searches: a scene is no collage, whatever its seams; known sizes need no probe.

    A class's frame is its box: nobody said what is ink.
    """
    read, probe = PEAKS if channels.has_background else REGIONS, 0 if dimensions.sizes else config.probe
    return replace(config, read=read, probe=probe, box="window" if dimensions.sizes else config.box)


def scene_look(
    arrays: Arrays,
    config: ClassifierConfig,
    channels: Channels,
    search: LocateConfig,
    seed: int,
    checkpoint: Path | None = None,
) -> Look | None:
    """Return what searches the data set's scenes between epochs; None where there is none, or nothing is learnt so."""
    crops = arrays.crops
    if crops is None or not crops.scenes or not config.background.windows or not config.background.looks:
        return None
    kept = None
    if checkpoint is not None:
        training = training_digest(arrays, config, channels.classes, seed)
        kept = Findings(checkpoint.with_name(FOUND), training)
    reduced = dimensions_of(arrays, config, len(channels.classes)).reduced(crops.reduced)
    return look_for(crops, channels, reduced, search, seed, kept)


def pipeline_look(
    arrays: Arrays, config: ClassifierConfig, classes: Sequence[str], seed: int, checkpoint: Path | None = None
) -> Look | None:
    """Return the same for a classifier of the pipeline, which searches as its configuration says."""
    channels = Channels(tuple(classes), config.background.learned)
    search = search_of(config.locate, channels, dimensions_of(arrays, config, len(classes)))
    return scene_look(arrays, config, channels, search, seed, checkpoint)
