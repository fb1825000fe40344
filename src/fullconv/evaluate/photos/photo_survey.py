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

from fullconv.data.ahead import ahead
from fullconv.data.pictures.photo_files import load_photo
from fullconv.evaluate.photos.labelled import LabelledPhoto
from fullconv.evaluate.photos.scores import ExtentScores, is_hit
from fullconv.evaluate.photos.ways import ALL, Way, Ways
from fullconv.locate.evidence import evidence_map, probability_map
from fullconv.locate.levels.maps import LevelMaps
from fullconv.locate.located import LevelScores
from fullconv.locate.regions.reader import RegionReader, Regions

Metrics = dict[str, float]


@dataclass(frozen=True)
class SearchedPhoto:
    """A photo, its pixels (H, W, 3), the heat of its synset fused, and what one way read off it."""

    way: Way
    photo: LabelledPhoto
    pixels: npt.NDArray[np.float32]
    fused: LevelScores
    regions: Regions


def survey_photos(
    reader: RegionReader,
    ways: Ways,
    photos: Sequence[LabelledPhoto],
    coco: Mapping[str, Any],
    take: Callable[[SearchedPhoto], object],
) -> tuple[dict[Way, Metrics], dict[str, Metrics]]:
    """Return the metrics of each way on photos, and those of `ways.own` of each photo.

    Each photo is searched for its own synset: what the reader's finder seeks at the photo's place. What `ways.own`
    found in it is handed to `take`.

    Raises:
        InputError: a photo that cannot be read, or a size at which nothing can be seen.
    """
    hits: dict[Way, list[bool]] = defaultdict(list)
    extents: dict[str, ExtentScores] = defaultdict(ExtentScores)
    each: dict[str, Metrics] = {}
    searched = zip(photos, ahead(_searched(reader, ways, one) for one in photos), strict=True)
    for place, (photo, (pixels, heat, evidence)) in enumerate(searched):
        for way, geometry, (fused,) in ways.heats(heat):
            hits[way].append(is_hit(photo, fused, geometry))
        choices = list(zip(ways.choices(heat), ways.choices(evidence), strict=True))
        read = reader.read_each(pixels, [place], [evidences for _, (_, evidences) in choices])
        for ((name, heats), _), seen in zip(choices, read, strict=True):
            worth = extents[name].add(photo, evidence.size, seen.extents[0], heats.grid()[0], seen.objects)
            if name == ALL:
                each[photo.name] = {"pointing": float(hits[ways.own][-1]), **worth}
                take(SearchedPhoto(ways.own, photo, pixels, _fused(heats, ways.own.fuse), seen))
    measured = {name: one.metrics(coco) for name, one in extents.items()}
    return {way: {"pointing": float(np.mean(hit)), **measured[way.sizes]} for way, hit in hits.items()}, each


def _searched(
    reader: RegionReader, ways: Ways, photo: LabelledPhoto
) -> tuple[npt.NDArray[np.float32], LevelMaps, LevelMaps]:
    """Return a photo's pixels (H, W, 3) and the maps of the probability of its synset and of the evidence for it."""
    pixels, classes = load_photo(photo.path), photo.synset.classes
    kinds = (partial(probability_map, classes=classes), partial(evidence_map, classes=classes))
    heat, evidence = reader.maps(pixels, ways.sizes((pixels.shape[0], pixels.shape[1])), *kinds)
    return pixels, heat, evidence


def _fused(heat: LevelMaps, fuse: str) -> LevelScores:
    grid, _ = heat.grid()
    step = (float(grid.stride[0]), float(grid.stride[1]))
    return LevelScores(heat.size, heat.fused(fuse)[0][..., np.newaxis], grid.center(0, 0), step)
