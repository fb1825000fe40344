"""Rasters that GDAL alone reads, such as VRT and large JPEG 2000 (the extra `geo`)."""

import threading
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from fullconv.data.pictures.bands import Bands, chosen
from fullconv.data.pictures.samples import Samples
from fullconv.errors import InputError
from fullconv.large.sources.identity import of_file
from fullconv.large.sources.meaning import Numbers
from fullconv.large.sources.source import Georeference, Region
from fullconv.large.sources.upright import Raw, Upright, reduces

_EXTRA = "pip install 'fullconv[geo]', or convert it: gdal_translate -of COG IN OUT.tif."
_COLOURS = ("red", "green", "blue")


class RasterSource(Upright):
    """A raster that rasterio reads by windows, and its overviews."""

    def __init__(self, path: Path, channels: int, samples: Samples) -> None:
        self._path, self._lock = path, threading.Lock()
        self._opened: list[Any] = []
        try:
            self._set_up(path, channels, samples)
        except Exception as error:  # GDAL's errors have no common kind, and may come late
            for one in self._opened:
                one.close()
            if isinstance(error, InputError):
                raise
            received = f"cannot be read as a raster ({str(error).splitlines()[0][:120]})"
            raise InputError(str(path), received, "Copy it again with the files that belong to it.") from error

    def _set_up(self, path: Path, channels: int, samples: Samples) -> None:
        rasterio = _rasterio(path)
        first = rasterio.open(path)
        self._opened.append(first)
        size = (first.height, first.width)
        for number in range(len(first.overviews(1))):
            level = rasterio.open(path, overview_level=number)
            if reduces((level.height, level.width), size, slack=4):
                self._opened.append(level)
            else:
                level.close()
        colours, alpha = chosen(_bands(first), samples.bands, path)
        self._places = colours if alpha is None else (*colours, alpha)
        numbers = Numbers(path, channels, samples, alpha is not None)
        tall, wide = first.block_shapes[0]
        sizes = [(one.height, one.width) for one in self._opened]
        super().__init__(str(path), sizes, channels, (min(tall, size[0]), min(wide, size[1])), numbers)
        self.georeference = _place(first)
        self._probe(numbers)

    def _raw(self, region: Region, level: int) -> Raw:
        x, y, w, h = region
        with self._lock:  # a GDAL handle is one thread's at a time
            part = self._opened[level].read([place + 1 for place in self._places], window=((y, y + h), (x, x + w)))
        return np.moveaxis(np.asarray(part), 0, -1)

    def identity(self) -> dict[str, Any]:
        """Return the file's size in bytes, its shape, and the digest of its ends."""
        return {**of_file(self._path), "shape": list(self.shape)}

    def close(self) -> None:
        """Close the file."""
        super().close()
        for one in self._opened:
            one.close()


def _bands(raster: Any) -> Bands:
    names = [one.name for one in raster.colorinterp]
    if "palette" in names:
        mend = "Give it its colours first: gdal_translate -expand rgb IN OUT.tif."
        raise InputError(raster.name, "a raster with a palette", mend)
    coloured = tuple(names[:3]) == _COLOURS
    return Bands(len(names), 3 if coloured else 1, names.index("alpha") if "alpha" in names else None)


def _place(raster: Any) -> Georeference | None:
    if raster.transform.is_identity:
        return None
    code = raster.crs.to_epsg() if raster.crs else None
    text = f"EPSG:{code}" if code else raster.crs.to_wkt() if raster.crs else ""
    a, b, c, d, e, f = (float(value) for value in tuple(raster.transform)[:6])
    return Georeference((a, b, c, d, e, f), text)


def _rasterio(path: Path) -> Any:
    try:
        return import_module("rasterio")
    except ImportError as error:
        raise InputError(str(path), "a raster, which needs rasterio", _EXTRA) from error
