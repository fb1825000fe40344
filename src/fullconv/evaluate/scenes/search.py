"""A conversion on a set of scenes, one image after another: raw scores, detections, what the metrics need."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fullconv.config.schema import DERIVED
from fullconv.data.ahead import ahead
from fullconv.data.scenes.categories import category_of_class
from fullconv.data.scenes.coco import iter_images, of_another_size
from fullconv.evaluate.meter import Meter
from fullconv.evaluate.scenes.conventions import box_of
from fullconv.evaluate.scenes.seen import Seen
from fullconv.evaluate.scenes.sets import SceneSet
from fullconv.large.search import by_tiles
from fullconv.large.size import LARGE
from fullconv.locate.channels import Channels
from fullconv.locate.detections import results
from fullconv.locate.finder import PEAKS, Finder
from fullconv.locate.pixel_range import settled
from fullconv.locate.reading import probed, reader_of

if TYPE_CHECKING:
    from fullconv.locate.located import Located

log = logging.getLogger(__name__)

Image = npt.NDArray[np.float32]

_LOOKED_AT = 4  # images, at most, from which is measured what range of pixels a network reads


class Search:
    """A finder made ready for one set of scenes: scales, kind of box and categories are settled.

    Raises:
        InputError: a category that is no class, or an image that cannot be used.
    """

    def __init__(self, finder: Finder, scenes: SceneSet) -> None:
        if finder.unsettled:
            finder = settled(finder, [image for _, image in _images(finder, _small(_spread(scenes, _LOOKED_AT)))])
        self.scenes, self.finder = scenes, finder
        names = [one.name for one in finder.sought]
        self.categories = category_of_class(scenes.coco, names, scenes.names)
        self._box = box = box_of(finder.config.box, scenes.coco, finder.conversion.window)
        self._reader = reader_of(finder, box)
        if finder.read == PEAKS and finder.config.probe:
            tried = _small(_spread(scenes, finder.config.probe))
            found = [one for _, _, one in self._located(tried) if one is not None]
            self._reader = probed(finder, box, found)
            self.finder = self._reader.finder
        if finder.read == PEAKS:
            log.info("%s: objects of %s, boxes: %s", scenes.name, _sizes_said(self.finder), box)
        else:
            log.info("%s: regions; classes: %d", scenes.name, len(self.categories))

    def __iter__(self) -> Iterator[Seen]:
        """Yield every image of the set in order; one batch is in memory at a time."""
        return self.over(self.scenes)

    def over(self, scenes: SceneSet) -> Iterator[Seen]:
        """Yield the images of `scenes`, a part of the set."""
        for entry, size, found in self._located(scenes):
            if found is None:
                empty = np.zeros((0, 0, len(self.channels.names)), np.float32)
                yield Seen(entry, size, empty, self.finder.conversion.geometry, [])
            else:
                detections = results(found.objects, entry["id"], self.categories)
                yield Seen(entry, size, found.scores, found.geometry, detections)

    def meter(self) -> Meter:
        """Return a meter of this set that has seen no image yet."""
        return Meter(self.scenes.coco, self.of_category, self.channels.background)

    @property
    def of_category(self) -> dict[int, int]:
        """The channel of a score map that stands for a category, by the category's id."""
        return {category: self._wanted.index(place) for place, category in self.categories.items()}

    @property
    def channels(self) -> Channels:
        """What the channels of a score map mean."""
        groups = self.finder.read == PEAKS and not self.finder.plain
        background = groups or (self.finder.read == PEAKS and self.finder.channels.has_background)
        return Channels(tuple(self.finder.sought[place].name for place in self._wanted), background)

    @property
    def _wanted(self) -> list[int]:
        """What the score maps have a channel for: peaks all that is sought, regions what the set has a category of."""
        return list(range(len(self.finder.sought))) if self.finder.read == PEAKS else sorted(self.categories)

    def _located(self, scenes: SceneSet) -> Iterator[tuple[Mapping[str, Any], tuple[int, int], "Located | None"]]:
        large = _large if self.finder.read == PEAKS else lambda _: False
        for tiled, entries in groupby(scenes.coco["images"], large):
            if tiled:
                for entry in entries:
                    found = self._by_tiles(entry)
                    yield entry, found.size, found
            else:
                yield from self._at_once(scenes.of(list(entries)))

    def _by_tiles(self, entry: Mapping[str, Any]) -> "Located":
        from fullconv.evaluate.scenes.large import located_large
        from fullconv.large.sources.opening import open_image

        channels, path = int(self.finder.conversion.model.input_shape[-1]), self.scenes.folder / entry["file_name"]
        with open_image(path, channels, self.scenes.samples) as source:
            height, width = source.shape[:2]
            if (entry["height"], entry["width"]) != (height, width):
                raise of_another_size(path, entry, height, width)
            return located_large(reader_of(by_tiles(self.finder), self._box), source, self.scenes.polarity)

    def _at_once(self, scenes: SceneSet) -> Iterator[tuple[Mapping[str, Any], tuple[int, int], "Located | None"]]:
        # While the network computes a batch, what was found in the one before it is measured and written.
        for entries, size, found in ahead(self._batches(_images(self.finder, scenes))):
            yield from ((entry, size, one) for entry, one in zip(entries, found, strict=True))

    def _batches(
        self, images: Iterable[tuple[dict[str, Any], Image]]
    ) -> "Iterator[tuple[list[dict[str, Any]], tuple[int, int], Sequence[Located | None]]]":
        for entries, pixels in batches(images, self.finder.config.batch_size):
            size = pixels.shape[1], pixels.shape[2]
            fits = self._reader.fits(*size)
            yield entries, size, self._reader(pixels, self._wanted) if fits else [None] * len(entries)


def _large(entry: Mapping[str, Any]) -> bool:
    """Return whether an image is searched tile by tile, by the size that its annotations tell."""
    height, width = entry.get("height"), entry.get("width")
    return bool(height and width and height * width > LARGE)


def _small(scenes: SceneSet) -> SceneSet:
    """Return a set without images that are searched tile by tile; all of it if there are no others."""
    small = [entry for entry in scenes.coco["images"] if not _large(entry)]
    return scenes.of(small) if small else scenes


def _sizes_said(finder: Finder) -> str:
    sizes = finder.config.sizes
    if sizes == DERIVED and finder.dimensions is not None and finder.dimensions.sizes:
        sizes = [min(one[0] for one in finder.dimensions.sizes), max(one[2] for one in finder.dimensions.sizes)]
    if sizes in ([], DERIVED):
        return "any size" if sizes else "the training size"
    return " to ".join(f"{size:.0f}" for size in sizes) + " pixels"


def _images(finder: Finder, scenes: SceneSet) -> Iterator[tuple[dict[str, Any], Image]]:
    """Yield every image of a set with its COCO entry, as a finder reads it but for its range of pixels."""
    channels = int(finder.conversion.model.input_shape[-1])
    return iter_images(scenes.coco, scenes.folder, channels, finder.polarity(scenes.polarity), scenes.samples)


def measure(search: Search, *take: Callable[[Seen], object]) -> Meter:
    """Return the meter of a set after all its images; each of them is handed to every one of `take` and let go."""
    meter = search.meter()
    unseen = 0
    for seen in search:
        unseen += not seen.scores.size
        meter.add(seen.entry["id"], seen.scores, seen.geometry, seen.detections)
        for one in take:
            one(seen)
    if unseen:
        log.warning(
            "%s: %d images are smaller than the window: nothing is found there, their objects count as missed",
            search.scenes.name,
            unseen,
        )
    return meter


def _spread(scenes: SceneSet, count: int) -> SceneSet:
    """Return `count` images evenly over the set: files are often sorted by what they show."""
    images = scenes.coco["images"]
    places = np.unique(np.linspace(0, len(images) - 1, min(count, len(images))).round().astype(int))
    return scenes.of([images[place] for place in places])


def batches(images: Iterable[tuple[dict[str, Any], Image]], size: int) -> Iterator[tuple[list[dict[str, Any]], Image]]:
    """Yield COCO entries and `(N, H, W, C)` arrays: neighbours of equal size, at most `size` of them."""
    entries: list[dict[str, Any]] = []
    held: list[Image] = []
    for entry, image in images:
        if held and (len(held) == size or image.shape != held[0].shape):
            yield entries, np.stack(held)
            entries, held = [], []
        entries.append(entry)
        held.append(image)
    if held:
        yield entries, np.stack(held)
