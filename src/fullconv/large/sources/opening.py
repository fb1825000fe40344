"""A file or folder, whatever its kind, as a source."""

from pathlib import Path

from fullconv.data.pictures.orientation import is_tiff
from fullconv.data.pictures.photo_files import RASTERS, SLIDES
from fullconv.data.pictures.samples import AS_STORED, Samples
from fullconv.errors import InputError
from fullconv.large.sources import rasters, slides
from fullconv.large.sources.numpy_files import NumpySource
from fullconv.large.sources.source import Source
from fullconv.large.sources.tiff import open_tiff
from fullconv.large.sources.whole import WholeSource
from fullconv.large.sources.zarr_groups import is_zarr
from fullconv.large.sources.zarrs import ZarrSource

_NUMPY = b"\x93NUMPY"
_RASTERS = RASTERS | {".jp2"}
_MEND = "Give a readable image file (PNG, JPEG, TIFF …) or a zarr."


def open_image(path: str | Path, channels: int = 3, samples: Samples = AS_STORED, axes: str | None = None) -> Source:
    """Open an image of any size and return what reads its regions, upright, as float32 `(h, w, C)` in 0..1.

    Nothing but what describes it is read: TIFF, BigTIFF, OME-TIFF, GeoTIFF and SVS by their tiles or strips, Zarr and
    OME-Zarr by their chunks, `.npy` by its rows; what Pillow reads is decoded whole at the first region. `channels`
    are 1 (grey) or 3 (RGB); `samples` says which bands are read and how many bits they have, where the file does not;
    `axes` names those of a zarr or `.npy` of which nothing else says them ("yx", "yxc", "cyx", "tczyx t=0 z=3").

    Raises:
        InputError: the file is missing, empty, of no known kind or needs another package, or nothing says which of its
            bands or axes are meant.
    """
    path = Path(path)
    if channels not in (1, 3):
        raise InputError("channels", f"{channels}", "Images are read with 1 channel (grey) or 3 (RGB).")
    if not path.exists():
        raise InputError(str(path), "no such image file", _MEND)
    if is_zarr(path):
        return ZarrSource(path, channels, samples, axes)
    if path.is_dir():
        raise InputError(str(path), "a folder that is no zarr", _MEND)
    if not path.stat().st_size:
        raise InputError(str(path), "cannot be read as an image (the file is empty)", _MEND)
    return _of_file(path, channels, samples, axes)


def _of_file(path: Path, channels: int, samples: Samples, axes: str | None) -> Source:
    with path.open("rb") as stream:
        head = stream.read(8)
    suffix = path.suffix.lower()
    if head.startswith(_NUMPY):
        return NumpySource(path, channels, samples, axes)
    if suffix in SLIDES:
        return slides.SlideSource(path, channels, samples)
    if is_tiff(head):
        return open_tiff(path, channels, samples)
    if suffix in _RASTERS:
        return rasters.RasterSource(path, channels, samples)
    return WholeSource(path, channels, samples)
