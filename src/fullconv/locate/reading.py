"""The two ways of reading maps behind one interface, and an image searched by either."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Protocol

from fullconv.errors import InputError
from fullconv.locate.finder import PEAKS, Finder
from fullconv.locate.located import Located
from fullconv.locate.panels.reader import PanelReader
from fullconv.locate.peaks.probe import narrowed
from fullconv.locate.peaks.reader import PeakReader
from fullconv.locate.pixel_range import settled
from fullconv.locate.regions.reader import RegionReader


class Reader(Protocol):
    """Searches images; `finder` says for what and how."""

    finder: Finder

    def fits(self, height: int, width: int) -> bool:
        """Return whether an image of that many pixels is large enough for a level."""

    def __call__(self, images: Any, wanted: Sequence[int] | None = None) -> list[Located]:
        """Return what is in images (N, H, W, C) in 0..1; `wanted` are the places in `Finder.sought` to look for."""


def reader_of(finder: Finder, box: str = "auto") -> Reader:
    """Return the reader that `locate.read` names; `box` is what a box is where peaks are read.

    With `auto`, pictures that are put together of others are read picture by picture. Scenes of the pipeline are not:
    its classifiers never saw a picture of one thing alone.

    Raises:
        InputError: knobs that do not fit the network, or one another.
    """
    reader = _reader(finder, box)
    return PanelReader(finder, reader) if finder.config.read == "auto" and not finder.sprites else reader


def _reader(finder: Finder, box: str) -> Reader:
    if finder.read == PEAKS:
        if finder.fuse == "confident":
            received = "confident, while maps are read as peaks"
            raise InputError("locate.fuse", received, "Choose max, mean or geometric, or locate.read=regions.")
        return PeakReader(finder, box)
    return RegionReader(finder)


def probed(finder: Finder, box: str, found: Iterable[Located]) -> Reader:
    """Return the reader once the sizes of objects are narrowed to those that were found in the first images."""
    shares = (1.0, 1.0) if finder.dimensions is None else finder.dimensions.shares
    return reader_of(replace(finder, config=narrowed(finder.config, found, shares)), box)


def search(finder: Finder, image: Any, wanted: Sequence[int] | None = None) -> Located:
    """Return what a finder finds in one image (H, W, C) in 0..1; with `locate.probe` its sizes are found out first.

    Raises:
        InputError: pixels that cannot be, or an image that is too small at every level.
    """
    finder = settled(finder, [image])
    reader = reader_of(finder, finder.config.box)
    (found,) = reader(image, wanted)
    if finder.read == PEAKS and finder.config.probe and found.panels == (1, 1):
        (found,) = probed(finder, finder.config.box, [found])(image, wanted)
    return found
