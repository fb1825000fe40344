"""Which of an array's axes are an image's height, width and bands, and which place is taken of the others."""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from fullconv.errors import InputError
from fullconv.large.sources.source import Pair, Region

KEY = "dataset.axes"
_COUNTS = (1, 3, 4)  # of bands that are called colours without being named
_WORDS = re.compile(r"[a-z]+(?:=\d+)?")
_NAMES = "tczyx"
_MEND = f"Say {KEY}=yx, yxc, cyx or another order of t, c, z, y, x."


class Layout(NamedTuple):
    """The names of an array's axes, a letter each, and the place that is taken along t and z."""

    names: str
    places: dict[str, int]

    def size(self, shape: Sequence[int]) -> Pair:
        """Return height and width in a shape, be it of an array or of its chunks."""
        return int(shape[self.names.index("y")]), int(shape[self.names.index("x")])

    def bands(self, shape: Sequence[int]) -> int:
        """Return the number of bands."""
        return int(shape[self.names.index("c")]) if "c" in self.names else 1

    def part(self, array: Any, region: Region, bands: Sequence[int]) -> npt.NDArray[Any]:
        """Return some bands `(h, w, S)` of a region; nothing else of the array is read."""
        x, y, w, h = region
        cut = {"y": slice(y, y + h), "x": slice(x, x + w), **self.places}
        if "c" not in self.names:
            return self._ordered(array[tuple(cut[name] for name in self.names)])[..., np.newaxis]
        first, last = min(bands), max(bands)
        if tuple(bands) == tuple(range(first, last + 1)):
            cut["c"] = slice(first, last + 1)
            return self._ordered(array[tuple(cut[name] for name in self.names)])
        parts = [self.part(array, region, (band,)) for band in bands]
        return np.concatenate(parts, axis=2)

    def _ordered(self, part: Any) -> npt.NDArray[Any]:
        left = [name for name in self.names if name not in self.places]
        ordered: npt.NDArray[Any] = np.asarray(part).transpose([left.index(name) for name in "yxc" if name in left])
        return ordered


def layout_of(shape: Sequence[int], said: str | None, known: str | None, name: str) -> Layout:
    """Return an array's layout: as a person says ("cyx", "tczyx t=0 z=3", "z=3"), as its file knows, or as is plain.

    Raises:
        InputError: nothing says what its axes are, or which place along one of them is meant.
    """
    words = _WORDS.findall(said.lower()) if said else []
    letters = [word for word in words if "=" not in word]
    if len(letters) > 1 or "".join(re.split(r"[\s,]+", said.lower() if said else "")) != "".join(words):
        raise InputError(KEY, f"{said!r}", _MEND)
    names = letters[0] if letters else known or _plain(shape, name)
    if set(names) - set(_NAMES) or len(set(names)) < len(names) or not {"y", "x"} <= set(names):
        raise InputError(KEY, f"{names!r}", _MEND)
    if len(names) != len(shape):
        received = f"{names!r} for the shape {tuple(shape)} of {name}"
        raise InputError(KEY, received, f"It has {len(shape)} axes: a letter each.")
    chosen = {word.split("=")[0]: int(word.split("=")[1]) for word in words if "=" in word}
    return Layout(names, {axis: _place(axis, names, shape, chosen, name) for axis in names if axis in "tz"})


def _place(axis: str, names: str, shape: Sequence[int], chosen: dict[str, int], name: str) -> int:
    count = int(shape[names.index(axis)])
    place = chosen.get(axis, 0 if count == 1 else -1)
    if not 0 <= place < count:
        received = f"{count} places along {axis} in {name}" + (f", no {axis}={place}" if axis in chosen else "")
        raise InputError(KEY, received, f'Choose one: {KEY}="{names} {axis}=0" up to {axis}={count - 1}.')
    return place


def _plain(shape: Sequence[int], name: str) -> str:
    if len(shape) == 2:
        return "yx"
    first, last = (len(shape) == 3 and shape[end] in _COUNTS for end in (0, -1))
    if first != last:
        return "cyx" if first else "yxc"
    raise InputError(KEY, f"nothing says which axes the shape {tuple(shape)} of {name} has", _MEND)
