"""A source's regions, found among the pixels as they are stored and turned until they are upright."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any, Self

import numpy.typing as npt

from fullconv.data.pictures.orientation import Frame, turned, turned_box, turned_point
from fullconv.data.pictures.samples import Floats
from fullconv.errors import InputError, storage_error
from fullconv.large.sources.meaning import Numbers, probed
from fullconv.large.sources.source import BrokenTile, Georeference, Pair, Region, within

Raw = npt.NDArray[Any]

_PART = 256  # pixels
_INVERSE = {6: 8, 8: 6}  # the other orientations undo themselves


class Upright(ABC):
    """What sources share: checked regions, orientation, and errors that name file and region.

    `levels` and `chunk` are sizes `(h, w)` as stored; `meaning` turns samples `(h, w, S)` into units `(h, w, C)`.
    """

    microns: tuple[float, float] | None = None
    georeference: Georeference | None = None

    def __init__(
        self,
        name: str,
        levels: Sequence[Pair],
        channels: int,
        chunk: Pair,
        meaning: Callable[[Raw], Floats],
        orientation: int = 1,
    ) -> None:
        self.name = name
        self._frames = tuple(Frame(*level, orientation) for level in levels)
        self.levels: tuple[Pair, ...] = tuple(frame.upright for frame in self._frames)
        self.shape: tuple[int, int, int] = (*self.levels[0], channels)
        self.chunk: Pair = Frame(*chunk, orientation).upright
        self._orientation = orientation
        self._meaning = meaning
        self._open = True

    @abstractmethod
    def _raw(self, region: Region, level: int) -> Raw:
        """Samples `(h, w, S)` of a region as they are stored."""

    @abstractmethod
    def identity(self) -> dict[str, Any]:
        """Return what tells the image from another, without reading it whole: no path and no date, JSON-able."""

    def read(self, region: Sequence[int], level: int = 0) -> Floats:
        """Return a region `(x, y, w, h)` in pixels of a level as float32 `(h, w, C)` in 0..1.

        Raises:
            BrokenTile: the file is corrupt there.
            InputError: the region leaves the level, or a sample has no meaning.
            ValueError: the source is closed.
        """
        if not self._open:
            raise ValueError(f"{self.name} is closed")
        wanted = within(region, level, self.levels, self.name)
        try:
            pixels: Floats = turned(self._stored(lying(wanted, self._frames[level]), level), self._orientation)
        except InputError:
            raise
        except MemoryError as error:
            raise InputError(self.name, f"no memory for {_told(wanted, level)}", "Read smaller regions.") from error
        except Exception as error:  # decoders raise whatever broken data lead to
            disk = storage_error(error, self.name)
            if disk is not None:
                raise disk from error
            received = f"{_told(wanted, level)} cannot be read ({_reason(error)})"
            raise BrokenTile(self.name, received, "Copy the file again, or go on without that region.") from error
        # What is read is the caller's own, also of an array in memory.
        return pixels if pixels.flags.owndata and pixels.flags.writeable else pixels.copy()

    def _probe(self, numbers: Numbers) -> None:
        """Look at a few parts to learn what the samples are, and to tell where that is doubtful."""
        self._meaning = probed(numbers, self._parts())

    def _parts(self) -> Iterator[Raw]:
        """A few parts of the smallest level, as far as they can be read."""
        last, turned_chunk = self._frames[-1], Frame(*self.chunk, self._orientation)
        for region in spread(last.stored, turned_chunk.upright):
            try:
                part = self._raw(region, len(self.levels) - 1)
            except Exception:  # who reads a broken part learns of it
                continue
            yield part

    def _stored(self, region: Region, level: int) -> Floats:
        return self._meaning(self._raw(region, level))

    def close(self) -> None:
        """Close the file."""
        self._open = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def lying(region: Region, frame: Frame) -> Region:
    """Return where a region of the upright picture lies among the stored pixels."""
    x, y, w, h = turned_box(region, _back(frame))
    return int(x), int(y), int(w), int(h)


def upright_place(place: Georeference | None, frame: Frame) -> Georeference | None:
    """Return the place on a map of stored pixels as that of the upright picture."""
    if place is None or frame.orientation == 1:
        return place
    (c, f), (x, x2), (y, y2) = (
        place.place(*turned_point(*point, _back(frame))) for point in ((0.0, 0.0), (1.0, 0.0), (0.0, 1.0))
    )
    return Georeference((x - c, y - c, c, x2 - f, y2 - f, f), place.crs)


def _back(frame: Frame) -> Frame:
    return Frame(*frame.upright, _INVERSE.get(frame.orientation, frame.orientation))


def _told(region: Region, level: int) -> str:
    x, y, w, h = region
    return f"the region x={x}, y={y}, width={w}, height={h}" + (f" of level {level}" if level else "")


def _reason(error: Exception) -> str:
    return str(error).splitlines()[0][:120] if str(error) else type(error).__name__


def spread(size: Pair, chunk: Pair) -> list[Region]:
    """Return up to 9 small regions that lie spread over a level."""
    h, w = (min(part, whole, _PART) for part, whole in zip(chunk, size, strict=True))
    rows, columns = (sorted({room * at // 2 for at in range(3)}) for room in (size[0] - h, size[1] - w))
    return [(x, y, w, h) for y in rows for x in columns]


def reduces(size: Pair, first: Pair, slack: int = 1) -> bool:
    """Return whether a size is smaller than the first, of the same proportions to so many pixels."""
    (h, w), (height, width) = size, first
    return 0 < h <= height and 0 < w <= width and h * w < height * width and _near(h, w, height, width, slack)


def _near(h: int, w: int, height: int, width: int, slack: int) -> bool:
    return abs(w * height - h * width) <= slack * (height + width)
