"""How large a pixel is, where a file clearly says so."""

import math
import re
from typing import Any
from xml.etree import ElementTree

Microns = tuple[float, float]  # of a pixel (y, x)

UNITS = {
    **dict.fromkeys(("µm", "μm", "um", "micron", "microns", "micrometer", "micrometre", "\\u00B5m"), 1.0),
    **dict.fromkeys(("nm", "nanometer", "nanometre"), 1e-3),
    **dict.fromkeys(("mm", "millimeter", "millimetre"), 1e3),
    **dict.fromkeys(("cm", "centimeter", "centimetre"), 1e4),
    **dict.fromkeys(("m", "meter", "metre"), 1e6),
    **dict.fromkeys(("Å", "angstrom"), 1e-4),
    **dict.fromkeys(("in", "inch"), 25400.0),
}  # micrometres
_RESOLUTIONS = {2: 25400.0, 3: 10000.0}  # micrometres of a TIFF's unit
_PRINT = 10.0  # micrometres: from here on (2540 dpi) a resolution speaks of paper, not of what is seen
_MPP = re.compile(r"\bMPP\s*=\s*([0-9.]+)")


def microns_of(file: Any, page: Any, orientation: int) -> Microns | None:
    """Return the micrometres of a TIFF's upright pixel `(y, x)`; None: nothing says them clearly."""
    found = None
    for look in (_ome, _aperio, _imagej, _resolution):
        try:
            found = known(look(file, page))
        except Exception:  # broken words say nothing
            found = None
        if found:
            break
    return found[::-1] if found and orientation in (5, 6, 7, 8) else found


def known(found: Microns | None) -> Microns | None:
    """Return sizes that are sizes."""
    return found if found and all(math.isfinite(value) and value > 0 for value in found) else None


def _ome(file: Any, page: Any) -> Microns | None:
    text = file.ome_metadata
    if not text:
        return None
    pixels = next(one for one in ElementTree.fromstring(text).iter() if one.tag.rpartition("}")[2] == "Pixels")
    return (
        float(pixels.attrib["PhysicalSizeY"]) * UNITS[pixels.get("PhysicalSizeYUnit", "µm")],
        float(pixels.attrib["PhysicalSizeX"]) * UNITS[pixels.get("PhysicalSizeXUnit", "µm")],
    )


def _aperio(file: Any, page: Any) -> Microns | None:
    found = _MPP.search(page.description) if page.description.startswith("Aperio") else None
    return (float(found[1]), float(found[1])) if found else None


def _imagej(file: Any, page: Any) -> Microns | None:
    said = file.imagej_metadata
    if not said or said.get("unit") not in UNITS:
        return None
    x, y = page.get_resolution()
    return UNITS[said["unit"]] / y, UNITS[said["unit"]] / x


def _resolution(file: Any, page: Any) -> Microns | None:
    unit = _RESOLUTIONS.get(int(page.tags.valueof(296, 2)))
    if unit is None or 282 not in page.tags or 283 not in page.tags:
        return None
    x, y = page.get_resolution()
    found = (unit / y, unit / x)
    return found if max(found) < _PRINT else None
