"""A pretrained network measured on labelled photos, in every way that is compared.

The scores of a size are computed once, and every way is read off them.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.data.pictures.photo_files import load_photo
from fullconv.evaluate.photos.labelled import LabelledPhoto
from fullconv.evaluate.photos.scores import ExtentScores, is_hit
from fullconv.evaluate.photos.ways import ALL, Way, Ways
from fullconv.locate.regions.evidence import evidence_map, probability_map
from fullconv.locate.regions.heat import PhotoHeat, PhotoLocator

Metrics = dict[str, float]


@dataclass(frozen=True)
class SearchedPhoto:
    """A photo, its pixels (H, W, 3), and what one way found."""

    way: Way
    photo: LabelledPhoto
    pixels: npt.NDArray[np.float32]
    heat: PhotoHeat


def survey_photos(
    locator: PhotoLocator,
    ways: Ways,
    photos: Sequence[LabelledPhoto],
    coco: Mapping[str, Any],
    take: Callable[[SearchedPhoto], object],
) -> tuple[dict[Way, Metrics], dict[str, Metrics]]:
    """Return the metrics of each way on photos, and those of `ways.own` of each photo.

    Each photo is searched for its own synset. What `ways.own` found in it is handed to `take`.

    Raises:
        InputError: a photo that cannot be read, or a size at which nothing can be seen.
    """
    hits: dict[Way, list[bool]] = defaultdict(list)
    extents: dict[str, ExtentScores] = defaultdict(ExtentScores)
    each: dict[str, Metrics] = {}
    for photo in photos:
        pixels, classes = load_photo(photo.path), photo.synset.classes
        size = (pixels.shape[0], pixels.shape[1])
        kinds = (partial(probability_map, classes=classes), partial(evidence_map, classes=classes))
        heat, evidence = locator.maps(pixels, ways.sizes(size), *kinds)
        for way, geometry, (fused,) in ways.heats(heat):
            hits[way].append(is_hit(photo, fused, geometry))
        for (name, heats), (_, evidences) in zip(ways.choices(heat), ways.choices(evidence), strict=True):
            seen = locator.read(pixels, classes, heats, evidences)
            worth = extents[name].add(photo, size, seen.extent, heats.grid()[0], seen.found)
            if name == ALL:
                each[photo.name] = {"pointing": float(hits[ways.own][-1]), **worth}
                take(SearchedPhoto(ways.own, photo, pixels, seen))
    measured = {name: one.metrics(coco) for name, one in extents.items()}
    return {way: {"pointing": float(np.mean(hit)), **measured[way.sizes]} for way, hit in hits.items()}, each
