"""A finder on scenes of objects that were held out: what it finds there, measured."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.data.arrays import Arrays
from fullconv.data.scenes.coco import coco_of
from fullconv.data.scenes.mosaics import crop_scenes
from fullconv.data.scenes.scene import Scene
from fullconv.evaluate.annotations import Detection
from fullconv.evaluate.meter import Meter
from fullconv.locate.calibration import Knots, calibrated
from fullconv.locate.detections import results
from fullconv.locate.finder import Finder
from fullconv.locate.located import Located
from fullconv.locate.peaks.reader import PeakReader

# Pictures of each kind, and pixels of these in all, but for a least number of pictures.
_IMAGES, _PIXELS, _LEAST = 24, 12_000_000, 8
_SIDE = 640  # pixels a side of a scene's part, at most
_TOGETHER = 4  # scenes, all of one size


@dataclass(frozen=True, eq=False)
class Measured:
    """Scenes with known objects, as images and in COCO form, what was found there, and the meter of it all."""

    scenes: Sequence[Scene]
    coco: dict[str, Any]
    found: list[Detection]
    meter: Meter


def held_out_scenes(arrays: Arrays, seed: int, in_scenes: bool = False) -> list[Scene]:
    """Return scenes of the test crops, on grounds without objects, or `in_scenes` of one's own; fewer if large."""
    if in_scenes and arrays.crops is not None:
        arrays = replace(arrays, crops=replace(arrays.crops, nothing=arrays.crops.scenes))
    scenes = crop_scenes(arrays, "validation", _LEAST, seed, validation_share=1.0)
    height, width = scenes[0].image.shape[:2]
    count = _count(height * width)
    return scenes if count == _LEAST else crop_scenes(arrays, "validation", count, seed, validation_share=1.0)


def parts_of(scenes: Sequence[npt.NDArray[np.uint8]], largest: float, seed: int) -> list[npt.NDArray[np.uint8]]:
    """Return parts (h, w, C) of some scenes, at random, as they are: whole ones where these are not large.

    `largest` objects, in pixels, fit into a part.
    """
    rng, side = np.random.default_rng([seed, len(scenes)]), max(_SIDE, round(3 * largest))
    parts = []
    for number in rng.permutation(len(scenes))[: _count(side**2)]:
        row, col = (int(rng.integers(max(0, length - side) + 1)) for length in scenes[number].shape[:2])
        parts.append(scenes[number][row : row + side, col : col + side])
    return parts


def _count(pixels: int) -> int:
    """Return how many pictures of so many pixels are searched."""
    return max(_LEAST, min(_IMAGES, _PIXELS // pixels))


def searched_parts(finder: Finder, parts: Sequence[npt.NDArray[np.uint8]]) -> list[Located]:
    """Return what is found in pictures (h, w, C); some may be smaller than the window at every level."""
    reader = PeakReader(finder)
    fitting = [one for one in parts if reader.fits(*one.shape[:2])]
    return [reader(one[np.newaxis].astype(np.float32) / np.float32(255))[0] for one in fitting]


def searched(finder: Finder, scenes: Sequence[Scene]) -> list[Located]:
    """Return what a finder finds in scenes of one size.

    Raises:
        InputError: scenes that are smaller than its window at every level.
    """
    reader = PeakReader(finder)
    found: list[Located] = []
    for start in range(0, len(scenes), _TOGETHER):
        images = np.stack([one.image for one in scenes[start : start + _TOGETHER]])
        found += reader(images.astype(np.float32) / np.float32(255))
    return found


def measured(finder: Finder, scenes: Sequence[Scene], found: Sequence[Located], knots: Knots = ()) -> Measured:
    """Return what was found in scenes, measured; `knots` make probabilities of its scores."""
    coco = coco_of(scenes, finder.channels.classes)
    meter = Meter(coco, {one.category: label for label, one in enumerate(finder.sought)}, finder.channels.background)
    every: list[Detection] = []
    for number, located in enumerate(found, start=1):
        scores = calibrated(np.array([one.score for one in located.objects]), knots).tolist()
        objects = [replace(one, score=score) for one, score in zip(located.objects, scores, strict=True)]
        detections = results(objects, number)
        meter.add(number, located.scores, located.geometry, detections)
        every += detections
    return Measured(scenes, coco, every, meter)
