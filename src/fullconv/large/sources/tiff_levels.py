"""The resolutions that a TIFF holds: SubIFDs, pages that are called reduced, and those that a scanner wrote."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from fullconv.data.pictures.samples import warn
from fullconv.large.sources.source import Pair
from fullconv.large.sources.upright import reduces

_LOOKED_AT = 64  # pages
_REDUCED, _MASK = 0b1, 0b100  # of a page's subfile type


def levels_of(file: Any, path: Path) -> list[Any]:
    """Return the pages that hold the first picture at its sizes, the largest first."""
    first: Any = file.pages[0]
    levels = [first]
    for page, said in _candidates(file, first, path):
        smaller = reduces(_size(page), _size(first))
        if _alike(page, first) and smaller and _size(page) < _size(levels[-1]):
            levels.append(page)
        elif said and not smaller:
            size = f"{page.imagewidth}x{page.imagelength}"
            warn(path, f"its level of {size} pixels is no reduction of the first and is left out")
    return levels


def stacks_of(file: Any, bands: int) -> list[list[tuple[Any, int | None]]]:
    """Return the pages that hold the bands of the first picture, at its sizes, and where each begins without a page."""
    first, *others = file.series[0].levels
    size = first.shape[-2:]
    smaller = [one for one in others if _bands(one) == bands and reduces(one.shape[-2:], size)]
    return [_stack(series, bands) for series in (first, *smaller)]


def _candidates(file: Any, first: Any, path: Path) -> Iterator[tuple[Any, bool]]:
    """Pages that may be levels, the largest first, and whether the file says that they are."""
    found: dict[int, tuple[Any, bool]] = {}
    try:
        for page in first.pages or ():
            found.setdefault(page.offset, (page, True))
        series = file.series[0]
        if series.keyframe.offset == first.offset and series.kind != "generic":
            for level in series.levels[1:]:
                page = level.pages[0]
                found.setdefault(page.offset, (page.aspage(), True))
        for number in range(1, min(len(file.pages), _LOOKED_AT)):
            page = file.pages[number].aspage()
            kind = int(page.subfiletype or 0)
            if not kind & _MASK and (kind & _REDUCED or (page.is_tiled and first.is_tiled and not file.is_svs)):
                found.setdefault(page.offset, (page, bool(kind & _REDUCED) and page.is_tiled == first.is_tiled))
    except Exception as error:  # what is broken behind the first page is not needed
        warn(path, f"pages behind the first cannot be read ({error})")
    return iter(sorted(found.values(), key=lambda one: -one[0].imagelength))


def _size(page: Any) -> Pair:
    return page.imagelength, page.imagewidth


def _alike(page: Any, first: Any) -> bool:
    names = ("samplesperpixel", "dtype", "photometric", "bitspersample", "axes")
    return len(page.dataoffsets) > 0 and all(getattr(page, name) == getattr(first, name) for name in names)


def _bands(series: Any) -> int:
    return int(series.shape[_axis(series)])


def _axis(series: Any) -> int:
    return series.axes.index("C") if "C" in series.axes else 0


def _stack(series: Any, bands: int) -> list[tuple[Any, int | None]]:
    around = series.shape[:-2]
    planes = []
    for band in range(bands):
        place = tuple(band if axis == _axis(series) else 0 for axis in range(len(around)))
        number = int(np.ravel_multi_index(place, around))
        if series.dataoffset is not None:
            planes.append((series.keyframe, series.dataoffset + number * series.keyframe.nbytes))
        else:
            planes.append((series.pages[number], None))
    return planes
