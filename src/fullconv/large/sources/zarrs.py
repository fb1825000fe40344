"""Zarr arrays, and groups that hold one image at several sizes (OME-Zarr 0.4 and 0.5)."""

from pathlib import Path
from typing import Any

from fullconv.data.pictures.bands import Bands, chosen
from fullconv.data.pictures.samples import Samples, warn
from fullconv.errors import InputError
from fullconv.large.sources.arrays import places
from fullconv.large.sources.axes import layout_of
from fullconv.large.sources.identity import digest
from fullconv.large.sources.meaning import Numbers
from fullconv.large.sources.source import Region
from fullconv.large.sources.upright import Raw, Upright, reduces
from fullconv.large.sources.zarr_groups import opened


class ZarrSource(Upright):
    """A zarr, of which a region's chunks alone are decoded."""

    def __init__(self, path: Path, channels: int, samples: Samples, axes: str | None) -> None:
        self._zarr = zarr = opened(path)
        shape = zarr.arrays[0].shape
        self._layout = layout = layout_of(shape, axes, zarr.axes, str(path))
        first = layout.size(shape)
        self._arrays = [zarr.arrays[0]]
        for array in zarr.arrays[1:]:
            if len(array.shape) == len(shape) and reduces(layout.size(array.shape), first):
                self._arrays.append(array)
            else:
                warn(path, f"its level of shape {array.shape} is no reduction of the first and is left out")
        count = layout.bands(shape)
        if zarr.image:  # its channels are no colours by their number alone
            self._places, alpha = chosen(Bands(count, 1), samples.bands, path)[0], False
        else:
            self._places, alpha = places(count, samples, path)
        sizes = [layout.size(array.shape) for array in self._arrays]
        numbers = Numbers(path, channels, samples, alpha)
        super().__init__(str(path), sizes, channels, layout.size(zarr.arrays[0].chunks), numbers)
        self.microns = zarr.microns
        self._probe(numbers)

    def _raw(self, region: Region, level: int) -> Raw:
        part = self._layout.part(self._arrays[level], region, self._places)
        # A chunk that is not there means the fill value, usually black: also where the whole zarr has gone.
        if not self._zarr.mark.exists():
            mend = "Bring it back, then run the same command again."
            raise InputError(self.name, f"is gone ({self._zarr.mark} was there when it was opened)", mend)
        return part

    def identity(self) -> dict[str, Any]:
        """Return the size in bytes, the shape, and digests of what describes the zarr and of a few of its pixels."""
        pixels = digest(*(part.tobytes() for part in self._parts()))
        chosen = {"axes": self._layout.names, **self._layout.places}
        size = sum(int(array.nbytes) for array in self._arrays)
        return {"bytes": size, "shape": list(self.shape), **chosen, "metadata": self._zarr.digest, "pixels": pixels}

    def close(self) -> None:
        """Close the file."""
        super().close()
        self._zarr.close()
