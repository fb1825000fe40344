"""What the score maps of a set say, image by image: sums alone are kept."""

from typing import TYPE_CHECKING

import numpy as np

from fullconv.evaluate.annotations import ScoreMap
from fullconv.evaluate.maps.centre import centre_hits
from fullconv.evaluate.maps.drawn import drawn, extent, grid, object_pixels
from fullconv.evaluate.maps.focus import focus_shares
from fullconv.evaluate.maps.grid_pointing import grid_shares
from fullconv.evaluate.maps.layers import layers_of
from fullconv.evaluate.maps.pointing import pointing_hits
from fullconv.evaluate.maps.single_objects import SingleObjects
from fullconv.evaluate.metrics.sums import MAP_COLUMNS
from fullconv.evaluate.tables import Flags, Truth

if TYPE_CHECKING:
    from fullconv.convert.geometry import Geometry


class MapRecords:
    """Pointing, centre, Focus and grid pointing of each image: `rows` (N, 6), and `single` for lone objects."""

    def __init__(self, truth: Truth) -> None:
        self.rows = np.zeros((len(truth.images), len(MAP_COLUMNS)))
        self.single = SingleObjects()
        self._truth = truth

    def add(self, place: int, scores: ScoreMap, geometry: "Geometry") -> None:
        """Read the score map (H', W', K) of the image at that place of the set."""
        mine = self._objects(place)
        box, crowd = self._truth.objects.box[mine], self._truth.objects.crowd[mine]
        labels = self._truth.labels[self._truth.objects.category[mine]]
        if crowd.all():
            return
        layers = layers_of(scores, geometry, labels, box, crowd)
        hits, centred = pointing_hits(layers), centre_hits(scores, geometry, labels[~crowd], box[~crowd])
        focus, parts = focus_shares(layers), grid_shares(layers)
        self.rows[place] = hits.sum(), len(hits), centred.sum(), focus.sum(), parts.sum(), len(parts)
        if len(labels) == 1:
            size = self._size(place) or extent(geometry, scores.shape)
            pixels = drawn(layers.scores[0], geometry, size)
            self.single.add(pixels, box[0] * grid(size)[1], self._inside(place, size))

    def miss(self, place: int) -> None:
        """Count the image at that place as one without a score map: every trial fails."""
        mine = self._objects(place)
        crowd = self._truth.objects.crowd[mine]
        kinds, count = np.unique(self._truth.objects.category[mine][~crowd], return_counts=True)
        trials = (count == 1).sum() if count.sum() > 1 else 0
        self.rows[place] = 0, len(kinds), 0, 0, 0, trials
        size = self._size(place)
        if len(crowd) == 1 and not crowd[0]:
            self.single.miss(self._inside(place, size) if size else np.zeros((0, 0), dtype=bool))

    def _objects(self, place: int) -> slice:
        return slice(int(self._truth.first[place]), int(self._truth.first[place + 1]))

    def _size(self, place: int) -> tuple[int, int] | None:
        height, width = (int(side) for side in self._truth.sizes[place])
        return (height, width) if height and width else None

    def _inside(self, place: int, size: tuple[int, int]) -> Flags:
        lone = int(self._truth.first[place])
        where = f"annotation of image {self._truth.images[place]}"
        return object_pixels(self._truth.objects.box[lone], self._truth.masks.get(lone), size, where)
