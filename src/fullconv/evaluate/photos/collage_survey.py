"""A pretrained network measured on collages of labelled photos, in every way that is compared."""

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from fullconv.convert.geometry import Geometry
from fullconv.data.ahead import ahead
from fullconv.data.pictures.photo_files import load_photo
from fullconv.evaluate.annotations import UNDEFINED
from fullconv.evaluate.maps.grid_pointing import grid_shares
from fullconv.evaluate.maps.layers import Layers, centres
from fullconv.evaluate.maps.pointing import pointing_hits
from fullconv.evaluate.photos.collages import collage_of, disjoint, tile_of
from fullconv.evaluate.photos.labelled import LabelledPhoto
from fullconv.evaluate.photos.ways import Way, Ways
from fullconv.evaluate.tables import Floats
from fullconv.locate.evidence import probability_map
from fullconv.locate.levels.maps import FloatArray, LevelMaps
from fullconv.locate.levels.resize import resized
from fullconv.locate.regions.reader import RegionReader


@dataclass(frozen=True)
class Tiles:
    """Square parts (N, t, t, 3) of photos of different synsets."""

    photos: list[LabelledPhoto]
    pixels: FloatArray


@dataclass(frozen=True)
class SearchedCollage:
    """A collage's pixels, which photo each cell shows, and one way's heat (n², H', W') for each cell's synset."""

    way: Way
    pixels: FloatArray
    photos: list[LabelledPhoto]
    heats: FloatArray
    geometry: Geometry

    @property
    def size(self) -> str:
        """Its cells, such as `3x3`."""
        side = round(len(self.photos) ** 0.5)
        return f"{side}x{side}"


@dataclass(frozen=True)
class CollageTrials:
    """For each way and each photo, over all collages: whether it was pointed at, and its cell's share of its heat."""

    hits: dict[Way, dict[str, list[bool]]]
    shares: dict[Way, dict[str, list[float]]]

    def metrics(self, way: Way, names: Collection[str]) -> dict[str, float]:
        """Return `pointing` and `share`, the means over the trials of the photos of these names; -1 without any."""
        found = {}
        for key, of in (("pointing", self.hits), ("share", self.shares)):
            trials = [one for photo, each in of[way].items() if photo in names for one in each]
            found[key] = float(np.mean(trials)) if trials else UNDEFINED
        return found


def tiles_of(photos: Sequence[LabelledPhoto], side: int) -> Tiles:
    """Return a tile of `side`×`side` pixels around the largest object of each photo.

    A photo whose synset shares a class with an earlier one's is left out.
    """
    shown = [photos[place] for place in disjoint([photo.synset.classes for photo in photos])]
    return Tiles(shown, np.stack([tile_of(load_photo(one.path), _largest(one), side) for one in shown]))


def certainties(classifier: Any, tiles: Tiles) -> dict[str, float]:
    """Return by the photo's name the probability that the classifier itself gives each tile's synset."""
    scores = np.asarray(classifier(resized(tiles.pixels, *classifier.input_shape[1:3]), training=False), np.float32)
    return {
        photo.name: float(probability_map(one, photo.synset.classes))
        for photo, one in zip(tiles.photos, scores, strict=True)
    }


def survey_collages(
    reader: RegionReader,
    ways: Ways,
    tiles: Tiles,
    orders: Sequence[Sequence[int]],
    take: Callable[[SearchedCollage], object],
) -> CollageTrials:
    """Search collages, as `orders_of` has them, for the synset of each of their cells.

    What `ways.own` found in a collage is handed to `take`.

    Raises:
        InputError: a size at which nothing can be seen.
    """
    hits: dict[Way, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    shares: dict[Way, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for pixels, cells, photos, maps in ahead(_searched(reader, ways, tiles, order) for order in orders):
        for way, geometry, heats in ways.heats(maps):
            hit, share = cell_trials(heats, geometry, cells)
            for photo, one, part in zip(photos, hit, share, strict=True):
                hits[way][photo.name].append(one)
                shares[way][photo.name].append(part)
            if way == ways.own:
                take(SearchedCollage(way, pixels, photos, heats, geometry))
    return CollageTrials(dict(hits), dict(shares))


def _searched(
    reader: RegionReader, ways: Ways, tiles: Tiles, order: Sequence[int]
) -> tuple[FloatArray, Floats, list[LabelledPhoto], LevelMaps]:
    """Return a collage's pixels and cells, which photo each cell shows, and the maps of all their synsets."""
    pixels, cells = collage_of(tiles.pixels, order)
    photos = [tiles.photos[one] for one in order]
    kind = partial(_heats, sought=[photo.synset.classes for photo in photos])
    (maps,) = reader.maps(pixels, ways.sizes((pixels.shape[0], pixels.shape[1])), kind)
    return pixels, cells, photos, maps


def cell_trials(heats: FloatArray, geometry: Geometry, cells: Floats) -> tuple[list[bool], list[float]]:
    """Return for each heat (n², H', W') whether its maximum lies in its own cell, and its share there.

    `cells` (n², 4) are x, y, width, height in pixels. Source: as `grid_shares`.
    """
    y, x = centres(geometry, 0, heats.shape[1]), centres(geometry, 1, heats.shape[2])
    layers = Layers(heats, y, x, np.arange(len(cells)), cells, np.zeros(len(cells), bool))
    return [bool(one) for one in pointing_hits(layers)], [float(one) for one in grid_shares(layers)]


def _heats(scores: FloatArray, sought: Sequence[Sequence[int]]) -> FloatArray:
    """Return the probability (S, H', W') of each of S synsets in scores (1, H', W', K)."""
    return np.concatenate([probability_map(scores, classes) for classes in sought])


def _largest(photo: LabelledPhoto) -> Floats:
    areas = np.where(photo.crowd, -1.0, photo.boxes[:, 2] * photo.boxes[:, 3])
    largest: Floats = photo.boxes[int(areas.argmax())]
    return largest
