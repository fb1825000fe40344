"""A detection as a GeoJSON feature: one form for QuPath, in pixels, and one for QGIS, in coordinates of a map."""

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from fullconv.large.sources.source import Georeference

Box = Sequence[float]  # x, y, width, height in pixels
Point = tuple[float, float]

_PIXELS = 2  # decimals of pixels and micrometres
_SCORE = 4  # of scores
_WGS84 = "EPSG:4326"
_EPSG = re.compile(r"EPSG:(\d+)")


class Category(NamedTuple):
    """What a detection may be: its name, and its colour as #RRGGBB."""

    name: str
    colour: str


def pixel_feature(
    category: Category, score: float, box: Box, microns: tuple[float, float] | None, kind: str
) -> dict[str, Any]:
    """Return what QuPath imports as an object of a `kind` (detection or annotation), in pixels, y downwards.

    Where the size `microns` (y, x) of a pixel is known, its properties have its centre in micrometres from the
    image's corner.
    """
    x, y, width, height = box
    properties: dict[str, Any] = {
        "objectType": kind,
        "classification": {"name": category.name, "color": _bytes(category.colour)},
        "measurements": {"score": round(score, _SCORE)},
    }
    if microns is not None:
        properties["centre_x_um"] = round((x + width / 2) * microns[1], _PIXELS)
        properties["centre_y_um"] = round((y + height / 2) * microns[0], _PIXELS)
    return _feature([_rounded(point, _PIXELS) for point in _corners(box)], properties)


def map_feature(category: Category, score: float, box: Box, place: "Georeference") -> dict[str, Any]:
    """Return a detection as QGIS shows it, in coordinates of the map; its properties are flat, as columns are."""
    decimals = _map_decimals(place)
    ring = [_rounded(place.place(*corner), decimals) for corner in _corners(box)]
    a, b, _, d, e, _ = place.transform
    if a * e - b * d < 0:  # a north-up image mirrors: RFC 7946 wants rings that run against the clock
        ring.reverse()
    return _feature(
        ring,
        {
            "class": category.name,
            "colour": category.colour,
            "score": round(score, _SCORE),
            "box": [round(side, _PIXELS) for side in box],
        },
    )


def reference_system(crs: str) -> dict[str, Any]:
    """Return the member `crs` of GeoJSON's form of 2008; nothing for WGS 84, which RFC 7946 takes for granted.

    The RFC knows no other system, yet GDAL, and with it QGIS, reads the member: to transform coordinates here would
    need PROJ's tables.
    """
    if crs == _WGS84:
        return {}
    code = _EPSG.fullmatch(crs)
    name = f"urn:ogc:def:crs:EPSG::{code[1]}" if code else crs
    return {"crs": {"type": "name", "properties": {"name": name}}}


def _feature(ring: list[list[float]], properties: dict[str, Any]) -> dict[str, Any]:
    geometry = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _corners(box: Box) -> list[Point]:
    x, y, width, height = box
    return [(x, y), (x + width, y), (x + width, y + height), (x, y + height)]


def _rounded(point: Point, decimals: int) -> list[float]:
    return [round(part, decimals) + 0.0 for part in point]  # −0.0 is 0


def _map_decimals(place: "Georeference") -> int:
    """Return decimals that tell a hundredth of a pixel: few of metres, many of degrees."""
    a, b, _, d, e, _ = place.transform
    least = min(math.hypot(a, d), math.hypot(b, e))
    return max(0, math.ceil(-math.log10(least / 100))) if least > 0 else 9


def _bytes(colour: str) -> list[int]:
    """Return #RRGGBB as red, green and blue in 0..255."""
    return [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
