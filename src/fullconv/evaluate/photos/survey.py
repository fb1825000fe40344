"""A pretrained network measured on labelled photos and on collages of them, by every way that is compared."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fullconv.config.schema import LocateConfig, PhotosConfig
from fullconv.convert.conversion import convolutionalize
from fullconv.evaluate.photos.collage_survey import SearchedCollage, Tiles, certainties, survey_collages, tiles_of
from fullconv.evaluate.photos.collages import orders_of
from fullconv.evaluate.photos.labelled import LabelledPhoto, read_labelled
from fullconv.evaluate.photos.photo_survey import SearchedPhoto, survey_photos
from fullconv.evaluate.photos.ways import ALL, Way, Ways
from fullconv.locate.channels import Channels
from fullconv.locate.finder import Finder, Sought
from fullconv.locate.regions.reader import RegionReader

Tree = dict[str, Any]
Searched = SearchedPhoto | SearchedCollage


@dataclass(frozen=True, eq=False)
class Album:
    """Photos, the tiles cut from them, and by their size, such as `3x3`, the collages: which tile each cell shows."""

    coco: Tree
    photos: list[LabelledPhoto]
    tiles: Tiles
    collages: dict[str, list[tuple[int, ...]]]

    def __len__(self) -> int:
        return len(self.photos) + sum(len(orders) for orders in self.collages.values())


def album_of(config: PhotosConfig) -> Album:
    """Return the photos of `photos.annotations`, and collages of them.

    Raises:
        InputError: annotations or photos that cannot be used, or too few photos for a collage.
    """
    coco, photos = read_labelled(Path(config.annotations))
    tiles = tiles_of(photos, config.tile)
    collages = {
        f"{side}x{side}": orders_of(len(tiles.photos), side * side, config.arrangements, config.seed)
        for side in config.collages
    }
    return Album(coco, photos, tiles, collages)


def own_way(config: LocateConfig) -> Way:
    """Return the way of searching that the knobs say."""
    return Way(config.head, ALL, config.fuse)


def heads_of(config: PhotosConfig) -> list[str]:
    """Return the heads that are compared, that of the search's own knobs among them."""
    return list(dict.fromkeys([*config.heads, config.locate.head]))


def survey(
    album: Album, classifier: Any, config: PhotosConfig, take: Callable[[Searched], object]
) -> tuple[dict[Way, Tree], dict[str, Tree]]:
    """Return the metrics of each way, those of collages under their size, and of each photo those of the own way.

    In collages those tiles count whose synset the classifier itself gives a probability of `photos.recognised` at
    least: what it does not know it cannot find. The others fill their cells. Source: Böhle, Fritz, Schiele 2021,
    Convolutional Dynamic Alignment Networks for Interpretable Classifications, section 4.1. Each photo has its own
    figures all the same, and under `tile` that probability.

    What a head with its own fusion of all sizes finds in each photo and collage is handed to `take`.

    Raises:
        InputError: a photo that cannot be read, or a size at which nothing can be seen.
    """
    rows: dict[Way, Tree] = {}
    each: dict[str, Tree] = {}
    sure = certainties(classifier, album.tiles)
    known = [name for name, certainty in sure.items() if certainty >= config.recognised]
    for head in heads_of(config):
        knobs = replace(config.locate, head=head)
        reader, ways = RegionReader(_finder(album, classifier, knobs)), Ways(knobs, config.fusions)
        measured, worth = survey_photos(reader, ways, album.photos, album.coco, take)
        rows |= measured
        if ways.own == own_way(config.locate):
            each |= worth
        for side, orders in album.collages.items():
            trials = survey_collages(reader, ways, album.tiles, orders, take)
            for way in trials.hits:
                rows[way] |= {side: trials.metrics(way, known)}
            if ways.own == own_way(config.locate):
                for name in trials.hits[ways.own]:
                    each[name] |= {side: trials.metrics(ways.own, [name]), "tile": sure[name]}
    return rows, each


def _finder(album: Album, classifier: Any, config: LocateConfig) -> Finder:
    """Return what searches photos: each photo's synset is a thing to look for, in the photos' order."""
    conversion = convolutionalize(classifier, head=config.head)
    channels = Channels(tuple(map(str, range(int(classifier.output_shape[-1])))), has_background=False)
    sought = tuple(
        Sought(photo.synset.name, photo.synset.classes, photo.category, photo.synset.wnid) for photo in album.photos
    )
    return Finder(str(classifier.name), conversion, channels, config, classifier, sought=sought)
