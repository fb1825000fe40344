"""One image of any size, searched tile by tile: what each shows, and the objects of all."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fullconv.errors import InputError
from fullconv.large.blank import with_something
from fullconv.large.pixels import Pixels
from fullconv.large.size import TOGETHER
from fullconv.large.strips import Strips
from fullconv.large.tiling import VALUES, Tile, Tiling, needed, tiling_of
from fullconv.locate.detections import Found
from fullconv.locate.finder import Finder
from fullconv.locate.levels.resize import reduced
from fullconv.locate.levels.scene import Scene
from fullconv.locate.peaks.extent import tight_boxes
from fullconv.locate.peaks.objects import Candidates
from fullconv.locate.peaks.plan import Plan
from fullconv.locate.peaks.reader import PeakReader

if TYPE_CHECKING:
    from fullconv.convert.geometry import Pair

FloatArray = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

_BLOCK = 1024  # pixels a side that are read at once for levels computed beforehand


@dataclass(frozen=True)
class TilePixels:
    """What a tile's levels are made of: its plan, and pixels (h, w, C) from the pixel `first` (y, x) of the image.

    Without pixels these are read as the levels are needed.
    """

    tile: Tile
    plan: Plan
    pixels: FloatArray
    first: "Pair"

    @property
    def region(self) -> tuple[int, int, int, int]:
        """What of the image the tile is made of, `(x, y, w, h)`: its pixels, and those of levels made beforehand."""
        (top, bottom), (left, right) = needed(self.plan, set()) or ((0, 0), (0, 0))
        return left, top, right - left, bottom - top


@dataclass(frozen=True)
class TileSeen:
    """What a tile shows: its part of the fused map (h, w, C), candidates read in its cells, best scores (K,)."""

    tile: Tile
    scores: FloatArray
    candidates: Candidates
    highest: FloatArray


class LargeSearch:
    """The search of one image by peaks. Its tiles may be read, seen and kept in any order, and by several processes."""

    def __init__(self, reader: PeakReader, pixels: Pixels, values: int = VALUES) -> None:
        """Take what searches and the image; a tile holds about `values` numbers.

        Raises:
            InputError: the image is smaller than the window at every level.
        """
        height, width, channels = pixels.shape
        self.reader, self.pixels = reader, pixels
        self.plan = reader.plan(height, width)
        self.tiling: Tiling = tiling_of(reader, self.plan, channels, reader.channels, values)
        self.tiles = list(self.tiling)  # those that are searched

    def leave_out_blank(self, small: FloatArray) -> int:
        """Leave out the tiles that show nothing but the ground, as a small copy (h, w, C) tells; return how many."""
        self.tiles = with_something(self.tiling, small) or self.tiles[:1]
        return len(self.tiling) - len(self.tiles)

    @property
    def size(self) -> "Pair":
        """Pixels of the image."""
        return self.pixels.shape[0], self.pixels.shape[1]

    @cached_property
    def reduced(self) -> "dict[Pair, FloatArray]":
        """Levels (h, w, C) that are made of the whole image before a tile is seen, by their size in pixels."""
        sizes = sorted(self.tiling.sizes)
        if not sizes:
            return {}
        block = (max(_BLOCK, self.pixels.chunk[0]), max(_BLOCK, self.pixels.chunk[1]))
        return dict(zip(sizes, reduced(self.pixels.read, self.size, sizes, block), strict=True))

    def read(self, tile: Tile) -> TilePixels:
        """Return the pixels that a tile is made of.

        Raises:
            InputError: they cannot be read.
        """
        plan = self.reader.part(self.plan, tile.rows, tile.cols)
        spans = needed(plan, self.tiling.sizes)
        if spans is None or self.reader.once(plan):
            return TilePixels(tile, plan, np.zeros((0, 0, self.pixels.shape[2]), np.float32), (0, 0))
        return TilePixels(tile, plan, self.pixels.read(*spans), (spans[0][0], spans[1][0]))

    def see(self, given: TilePixels) -> TileSeen:
        """Return what a tile shows.

        Raises:
            InputError: the classifier's scores are no probabilities.
        """
        tile = given.tile
        spans = needed(given.plan, self.tiling.sizes) if self.reader.once(given.plan) else None
        read = None if spans is None else Strips(self.pixels.read, spans, self.pixels.chunk[0])
        seen = self.reader.see(Scene(given.pixels[np.newaxis], given.first, self.reduced, read), given.plan)
        (candidates,) = seen.candidates
        inside = np.ones(len(candidates.labels), bool)
        for axis, cells in enumerate((tile.rows, tile.cols)):
            low, high = self.plan.borders(axis, cells)
            inside &= (candidates.cells[:, axis] >= low) & (candidates.cells[:, axis] < high)
        return TileSeen(tile, seen.scores[0], candidates.of(inside), seen.highest[0])

    def objects(self, candidates: Sequence[Candidates]) -> list[Found]:
        """Return the objects among the candidates of all tiles, strongest first."""
        columns = ([getattr(one, name) for one in candidates] for name in Candidates.__dataclass_fields__)
        every = Candidates(*(np.concatenate(parts) for parts in columns))
        return self.reader.objects(every, self.size, self._tight)

    def _tight(self, boxes: Doubles) -> Doubles:
        """Return the extents of the ink in windows, each read by itself."""
        made = np.empty_like(boxes)
        for place, box in enumerate(boxes):
            low, high = np.floor(box[:2]).astype(int), np.ceil(box[:2] + box[2:]).astype(int)
            left, top = np.maximum(low, 0)
            right, bottom = np.minimum(high, self.size[::-1])
            if right - left < 1 or bottom - top < 1:
                made[place] = box
                continue
            crop = self.pixels.read((int(top), int(bottom)), (int(left), int(right)))
            moved = box - (left, top, 0, 0)
            made[place] = tight_boxes(crop, moved[np.newaxis])[0] + (left, top, 0, 0)
        return made


def by_tiles(finder: Finder) -> Finder:
    """Return a finder as it searches tile by tile: how it reads is said, a pass is small, nothing is probed."""
    memory = finder.config.memory or TOGETHER
    return replace(finder, config=replace(finder.config, read=finder.read, memory=memory, probe=0))


def search_of(reader: object, pixels: Pixels, values: int = VALUES) -> LargeSearch:
    """Return the search of an image by a reader of maps.

    Raises:
        InputError: the reader reads regions, whose evidence is relative to the whole image.
    """
    if not isinstance(reader, PeakReader):
        raise InputError("locate.read", "regions, of an image larger than memory", "Choose locate.read=peaks.")
    return LargeSearch(reader, pixels, values)
