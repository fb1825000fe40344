"""TIFF files of any size: tiles or strips of their levels."""

from pathlib import Path
from typing import Any

import numpy as np

from fullconv.data.pictures.bands import chosen
from fullconv.data.pictures.orientation import TAG, Frame, meant
from fullconv.data.pictures.samples import Samples, warn
from fullconv.data.pictures.tiff import bands_in_pages, bands_of, kind_of, several_of
from fullconv.data.pictures.tiff_samples import stated
from fullconv.errors import InputError
from fullconv.large.sources.geo_tags import georeference_of
from fullconv.large.sources.identity import of_file
from fullconv.large.sources.meaning import Numbers
from fullconv.large.sources.microns import microns_of
from fullconv.large.sources.segments import Handles, Plane
from fullconv.large.sources.slides import SlideSource
from fullconv.large.sources.source import Region, Source
from fullconv.large.sources.tiff_colours import Bytewise, colours_of
from fullconv.large.sources.tiff_levels import levels_of, stacks_of
from fullconv.large.sources.upright import Raw, Upright, upright_place
from fullconv.large.sources.whole import WholeSource

_JPEG = 7  # the older kind, 6, is for Pillow
_YCC = 33003  # JPEG 2000 of Aperio, whose colours OpenSlide alone turns into RGB
_NUMBERS = ("MINISWHITE", "MINISBLACK", "RGB")
_CODEC = "pip install imagecodecs, or save it uncompressed or with deflate."


def open_tiff(path: Path, channels: int, samples: Samples) -> Source:
    """Open a TIFF by its segments; one that only Pillow knows is decoded whole.

    Raises:
        InputError: it is broken, needs another package, or nothing says what its bands are.
    """
    import tifffile

    try:
        file = tifffile.TiffFile(path)
    except Exception:  # Pillow reads it, or says what is broken
        return _whole(path, channels, samples)
    with file:
        try:
            page: Any = file.pages[0]
            kind = kind_of(page)
            if kind == "YCBCR" and page.compression == _JPEG:
                kind = "RGB"  # as its decoder gives them
            usable = page.axes in ("YX", "YXS", "SYX") and page.dtype is not None and len(page.dataoffsets) > 0
        except Exception:
            return _whole(path, channels, samples)
        if not usable:
            return _whole(path, channels, samples)
        if page.compression == _YCC:
            return SlideSource(path, channels, samples)
        if not _decodable(page):
            return _by_others(path, page, channels, samples)
        colours = colours_of(page, kind, bands_of(page, kind, bands_in_pages(file, samples)), path, channels, samples)
        if colours is None and kind not in _NUMBERS:
            return _whole(path, channels, samples)
        handles = Handles()
        try:
            return TiffSource(path, file, handles, colours, kind, channels, samples)
        except BaseException:
            handles.close()
            raise


def _decodable(page: Any) -> bool:
    import tifffile

    try:
        _ = tifffile.TIFF.DECOMPRESSORS[page.compression], tifffile.TIFF.UNPREDICTORS[page.predictor]
    except KeyError:
        return False
    return True


def _by_others(path: Path, page: Any, channels: int, samples: Samples) -> Source:
    """A file whose compression tifffile does not know: whole, if Pillow does."""
    try:
        return _whole(path, channels, samples)
    except InputError as error:
        name = getattr(page.compression, "name", page.compression)
        raise InputError(str(path), f"compressed by {name}", _CODEC) from error


def _whole(path: Path, channels: int, samples: Samples) -> Source:
    source = WholeSource(path, channels, samples)
    source.load()  # what is wrong with it is said at once
    return source


class TiffSource(Upright):
    """A TIFF, of which a region's segments alone are decoded."""

    def __init__(
        self,
        path: Path,
        file: Any,
        handles: Handles,
        colours: Bytewise | None,
        kind: str,
        channels: int,
        samples: Samples,
    ) -> None:
        page: Any = file.pages[0]
        self._path, self._handles = path, handles
        stack = bands_in_pages(file, samples)
        bands = bands_of(page, kind, stack)
        self._stacked = stack is not None
        pages = [[(one, None)] for one in levels_of(file, path)] if stack is None else stacks_of(file, stack)
        self._levels = [[self._plane(one, offset) for one, offset in level] for level in pages]
        places, alpha = (tuple(range(page.samplesperpixel)), None) if colours else chosen(bands, samples.bands, path)
        self._places = places if alpha is None else (*places, alpha)
        orientation, first = meant(page.tags.valueof(TAG, 1)), self._levels[0][0]
        clear, white = alpha is not None, kind == "MINISWHITE"
        told = None if colours else _stated(path, page)
        numbers = Numbers(path, channels, samples, clear, bands.premultiplied, white, told)
        sizes = [level[0].size for level in self._levels]
        super().__init__(str(path), sizes, channels, first.chunk, colours or numbers, orientation)
        self.microns = microns_of(file, page, orientation)
        self.georeference = upright_place(georeference_of(page), Frame(*first.size, orientation))
        self._tell(file)
        if not colours:
            self._probe(numbers)

    def _plane(self, page: Any, offset: int | None) -> Plane:
        place = page.parent.filehandle.path  # pages of an OME-TIFF may lie in other files
        return Plane(self._handles.of(Path(place) if place else self._path), page, offset)

    def _tell(self, file: Any) -> None:
        """Say what is not read: further pages, and what lies beyond the file's end."""
        missing = sum(plane.missing() for plane in self._levels[0])
        if missing:
            count = sum(plane.count() for plane in self._levels[0])
            if missing >= count:
                received = "it ends before its pixels do: all of its tiles are missing"
                raise InputError(self.name, received, "Copy the file again.")
            warn(self._path, f"it ends before its pixels do: {missing} of {count} tiles are missing")
        if len(self.levels) == 1 and not self._stacked and (several := several_of(file)):
            warn(self._path, several)

    def _raw(self, region: Region, level: int) -> Raw:
        planes = self._levels[level]
        if self._stacked:
            return np.concatenate([planes[place].read(region, (0,)) for place in self._places], axis=2)
        try:
            return planes[0].read(region, self._places)
        except Exception as error:
            if "imagecodecs" in str(error):
                raise InputError(self.name, str(error).splitlines()[0], _CODEC) from error
            raise

    def identity(self) -> dict[str, Any]:
        """Return the file's size in bytes, its shape, and the digest of its ends."""
        return {**of_file(self._path), "shape": list(self.shape)}

    def close(self) -> None:
        """Close the file."""
        super().close()
        self._handles.close()


def _stated(path: Path, page: Any) -> int | None:
    return stated(path, page, np.zeros((1, 1, 1), page.dtype))  # a tag is believed, whatever the pixels are
