"""Which of a picture's bands are its colours, and which its opacity."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fullconv.data.pictures.samples import warn
from fullconv.errors import InputError


@dataclass(frozen=True)
class Bands:
    """How many bands a file has, how many of them it calls colours, and the place of its opacity."""

    count: int
    colours: int
    alpha: int | None = None
    premultiplied: bool = False

    @property
    def plain(self) -> bool:
        """Whether they are grey or RGB and nothing else but opacity right after."""
        return self.count == self.colours + (self.alpha is not None) and self.alpha in (None, self.colours)


def chosen(bands: Bands, wanted: Sequence[int], path: Path) -> tuple[tuple[int, ...], int | None]:
    """Return the places of one band (grey) or three (red, green, blue), and that of opacity if there is one.

    `wanted` counts from 1; without it a file's colours are taken, and three bands that it does not call anything.

    Raises:
        InputError: a band that the file lacks, or bands of which nothing says what they are.
    """
    if wanted:
        if max(wanted) > bands.count:
            mend = f"It has {bands.count}, counted from 1."
            raise InputError("dataset.bands", f"no band {max(wanted)} in {path}", mend)
        return tuple(band - 1 for band in wanted), bands.alpha
    if bands.plain:
        return tuple(range(bands.colours)), bands.alpha
    others = [band for band in range(bands.count) if band != bands.alpha]
    if bands.colours == 1 and others == [0, 1, 2]:
        warn(path, "its three bands are read as red, green, blue; dataset.bands=[1,2,3] says so, or another order")
        return (0, 1, 2), bands.alpha
    usual = "[1,2,3] for red, green, blue, or [1] for grey" if bands.count > 2 else "[1] or [2]"
    mend = f"Choose with dataset.bands={usual}; they count from 1."
    raise InputError(str(path), f"{bands.count} bands, and nothing says which are its colours", mend)
