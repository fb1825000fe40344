"""What a stored score map means: its own words under the key `fullconv`, and OME-Zarr's for viewers."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fullconv.convert.geometry import Geometry, Pair
from fullconv.errors import InputError

KEY = "fullconv"
DTYPES = ("float32", "float16")
_FORMAT = 1
_VALUE = "probability of a class in a cell's window; NaN where no cell was computed"
_ACTIVE = 6  # channels that a viewer shows at first: more cannot be told apart
_INK = "#FFFFFF"
_NOT_OURS = "Give a score map that `fullconv locate` wrote."


@dataclass(frozen=True)
class Meaning:
    """A score map of `shape` (K, H', W') of an image of `image_size` (h, w) pixels.

    `chunk` is the side in cells of what is written at once, `microns` (y, x) the size of a pixel, `more` what else is
    told of the map.
    """

    shape: tuple[int, int, int]
    chunk: int
    names: tuple[str, ...]
    geometry: Geometry
    background: int | None
    dtype: str
    image_size: Pair
    microns: tuple[float, float] | None = None
    more: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.names) != self.shape[0] or min(self.shape) < 1 or self.chunk < 1:
            raise ValueError(f"shape {self.shape}, {len(self.names)} names, chunk {self.chunk}")
        if self.background is not None and not 0 <= self.background < len(self.names):
            raise ValueError(f"background {self.background} of {len(self.names)} channels")
        if self.dtype not in DTYPES:
            raise InputError("dtype", f"received {self.dtype!r}", f"Choose {' or '.join(DTYPES)}.")

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it, pairs as lists [y, x]."""
        own = {
            "format": _FORMAT,
            "shape": self.shape,
            "chunk": self.chunk,
            "classes": self.names,
            "geometry": self.geometry.as_dict(),
            "background": self.background,
            "dtype": self.dtype,
            "image_size": self.image_size,
            "microns": self.microns,
        }
        if own.keys() & self.more.keys():
            raise ValueError(f"attributes {sorted(own.keys() & self.more.keys())} are the store's own")
        whole: dict[str, Any] = json.loads(json.dumps({"value": _VALUE, **self.more, **own}, sort_keys=True))
        return whole

    @classmethod
    def from_dict(cls, content: Any, path: Path) -> "Meaning":
        """Return what `as_dict` wrote.

        Raises:
            InputError: it is no such content.
        """
        try:
            rest = dict(content)
            if rest.pop("format") != _FORMAT:
                raise InputError(str(path), f"format {content['format']!r} of scores", "Use the version that wrote it.")
            microns = rest.pop("microns")
            channels, rows, cols = rest.pop("shape")
            height, width = rest.pop("image_size")
            return cls(
                (channels, rows, cols),
                rest.pop("chunk"),
                tuple(rest.pop("classes")),
                Geometry.from_dict(rest.pop("geometry")),
                rest.pop("background"),
                rest.pop("dtype"),
                (height, width),
                None if microns is None else (microns[0], microns[1]),
                rest,
            )
        except InputError as error:
            raise InputError(str(path), f"{error.where}: {error.received}", error.mend) from error
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(str(path), f"no meaning of scores under {KEY!r} ({error!r})", _NOT_OURS) from error

    def ome(self, levels: int, name: str, colours: Sequence[str] = ()) -> dict[str, Any]:
        """Return OME-Zarr 0.5 metadata of so many levels; colours of channels are #RRGGBB.

        As in the image's own OME-Zarr, 0 is the CENTRE of its first pixel, so that both lie on each other in a viewer:
        half a pixel before what `Geometry.center` returns.
        """
        unit = {} if self.microns is None else {"unit": "micrometer"}
        axes = [{"name": "c", "type": "channel"}, *({"name": one, "type": "space", **unit} for one in "yx")]
        scale = {
            "name": name,
            "axes": axes,
            "datasets": [
                {"path": str(level), "coordinateTransformations": self._placed(level)} for level in range(levels)
            ],
            "type": "mean",
            "metadata": {"description": "a cell of a level is the mean of 2×2 cells of the one before"},
        }
        return {"version": "0.5", "multiscales": [scale], "omero": {"channels": self._channels(colours)}}

    def _placed(self, level: int) -> list[dict[str, Any]]:
        """Return where a level's cells lie: an affine map a channel, row and column, in pixels or micrometres."""
        size = self.microns or (1.0, 1.0)
        first = self.geometry.center(0, 0)
        step = [2**level * self.geometry.stride[axis] for axis in (0, 1)]
        # Its first cell's middle is that of the 2**level cells a side that it stands for.
        start = [first[axis] - 0.5 + (step[axis] - self.geometry.stride[axis]) / 2 for axis in (0, 1)]
        return [
            {"type": "scale", "scale": [1.0, *(step[axis] * size[axis] for axis in (0, 1))]},
            {"type": "translation", "translation": [0.0, *(start[axis] * size[axis] for axis in (0, 1))]},
        ]

    def _channels(self, colours: Sequence[str]) -> list[dict[str, Any]]:
        objects = [place for place in range(len(self.names)) if place != self.background]
        return [
            {
                "label": name,
                "color": (colours[place] if colours else _INK).removeprefix("#"),
                "active": place in objects[:_ACTIVE],
                "window": {"min": 0.0, "max": 1.0, "start": 0.0, "end": 1.0},
            }
            for place, name in enumerate(self.names)
        ]
