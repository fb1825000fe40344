"""What every opened image offers, whatever its file: sizes, and pixels of a region."""

from collections.abc import Sequence
from types import TracebackType
from typing import Any, NamedTuple, Protocol, Self

from fullconv.data.pictures.samples import Floats
from fullconv.errors import InputError

Pair = tuple[int, int]  # height and width
Region = tuple[int, int, int, int]  # x, y, width, height in pixels of a level


class BrokenTile(InputError):  # noqa: N818  what it names is a tile
    """A region of which the file's pixels cannot be decoded; others may well be."""


class Georeference(NamedTuple):
    """Where an image lies on a map.

    `transform` is `(a, b, c, d, e, f)`: the point `(x, y)` in pixels, `(0, 0)` being the outer corner of the first
    one, lies at `(a x + b y + c, d x + e y + f)`, in units of `crs`; `crs` is empty where the file does not say.
    """

    transform: tuple[float, float, float, float, float, float]
    crs: str = ""

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Return the coordinates of a point in pixels."""
        a, b, c, d, e, f = self.transform
        return a * x + b * y + c, d * x + e * y + f


class Source(Protocol):
    """An opened image, upright: sizes `(h, w)` of its levels, the first its own, and the pixels of their regions.

    `microns` are those of a pixel `(y, x)` and `georeference` its place on a map, where the file says so; `chunk` is
    the size `(h, w)` of the blocks that the file is decoded in. Several threads may read at once.
    """

    name: str
    shape: tuple[int, int, int]
    levels: tuple[Pair, ...]
    microns: tuple[float, float] | None
    georeference: Georeference | None
    chunk: Pair

    def read(self, region: Sequence[int], level: int = 0) -> Floats:
        """Return a region `(x, y, w, h)` in pixels of a level as float32 `(h, w, C)` in 0..1.

        Raises:
            BrokenTile: the file is corrupt there.
            InputError: the region leaves the level, or a sample has no meaning.
        """

    def identity(self) -> dict[str, Any]:
        """Return what tells the image from another, without reading it whole: no path and no date, JSON-able."""

    def close(self) -> None:
        """Close the file."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def within(region: Sequence[int], level: int, levels: Sequence[Pair], name: str) -> Region:
    """Return a region as whole numbers.

    Raises:
        InputError: there is no such level, or the region is empty or leaves it.
    """
    if not 0 <= level < len(levels):
        raise InputError(name, f"no level {level}", f"It has {len(levels)}, counted from 0.")
    height, width = levels[level]
    x, y, w, h = (int(number) for number in region)
    if x < 0 or y < 0 or w < 1 or h < 1 or x + w > width or y + h > height:
        received = f"the region x={x}, y={y}, width={w}, height={h} is not in level {level}"
        raise InputError(name, received, f"That is {width} pixels wide and {height} high.")
    return x, y, w, h
