"""Where a GeoTIFF lies, from its tags (OGC GeoTIFF 1.1, sections 7.1 and B.6)."""

from typing import Any

from fullconv.large.sources.source import Georeference

_SCALE, _TIEPOINT, _MATRIX, _KEYS = 33550, 33922, 34264, 34735
_RASTER, _GEOGRAPHIC, _PROJECTED = 1025, 2048, 3072  # keys
_POINT = 2  # of the raster's kind: coordinates are those of a pixel's middle
_OWN = 32767  # a system that the file defines itself


def georeference_of(page: Any) -> Georeference | None:
    """Return a page's place on a map; None: it has none, or one that is no affine map."""
    try:
        transform = _transform(page.tags)
        keys = _keys(page.tags.valueof(_KEYS, ()))
    except (TypeError, ValueError, IndexError):
        return None
    if transform is None:
        return None
    a, b, c, d, e, f = transform
    if keys.get(_RASTER) == _POINT:
        c, f = c - (a + b) / 2, f - (d + e) / 2
    code = keys.get(_PROJECTED) or keys.get(_GEOGRAPHIC) or _OWN
    return Georeference((a, b, c, d, e, f), "" if code == _OWN else f"EPSG:{code}")


def _transform(tags: Any) -> tuple[float, float, float, float, float, float] | None:
    matrix = tags.valueof(_MATRIX, ())
    if len(matrix) == 16:
        a, b, _, c, d, e, _, f = (float(value) for value in matrix[:8])
        return a, b, c, d, e, f
    scale, tie = tags.valueof(_SCALE, ()), tags.valueof(_TIEPOINT, ())
    if len(scale) < 2 or len(tie) != 6:  # further points make a map that is not affine
        return None
    wide, tall = float(scale[0]), float(scale[1])
    return wide, 0.0, float(tie[3]) - wide * float(tie[0]), 0.0, -tall, float(tie[4]) + tall * float(tie[1])


def _keys(directory: Any) -> dict[int, int]:
    """The keys whose value stands in the directory itself."""
    entries = [directory[at : at + 4] for at in range(4, len(directory) - 3, 4)]
    return {int(key): int(value) for key, place, _, value in entries if place == 0}
