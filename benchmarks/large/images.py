"""Large images of repeated scenes: the test pictures of the set of small shapes, as a tiled TIFF."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]

_TILE, _QUALITY = 256, 92  # pixels a side that are compressed together; of JPEG
_ACROSS = 3  # scenes in a row
_FILLED = 16  # of a sparse file, tiles a side that hold scenes, in each quarter


def scene(folder: Path) -> Bytes:
    """Return all pictures (H, W, 3) of a folder, of one size, beside and below each other."""
    from PIL import Image

    pictures = [np.asarray(Image.open(path).convert("RGB")) for path in sorted(folder.iterdir())]
    pictures = pictures[: len(pictures) // _ACROSS * _ACROSS]
    rows = [np.concatenate(pictures[start : start + _ACROSS], axis=1) for start in range(0, len(pictures), _ACROSS)]
    return np.concatenate(rows, axis=0)


def cut(repeated: Bytes, top: int, left: int, side: int) -> Bytes:
    """Return a square of an image that repeats itself in both directions without end."""
    rows, cols = (
        (start + np.arange(side)) % length for start, length in zip((top, left), repeated.shape, strict=False)
    )
    return repeated[np.ix_(rows, cols)]


def filled(tile: int, tiles: int) -> bool:
    """Return whether a row or column of tiles of a sparse file holds scenes: a few in the middle of each half."""
    half = tiles // 2
    return abs(tile % max(1, half) - half // 2) < _FILLED // 2


def write_large(path: Path, repeated: Bytes, side: int, sparse: bool = False) -> None:
    """Write an image of `side` pixels a side, in tiles compressed by JPEG; a sparse one leaves most of them out."""
    import tifffile

    def tiles() -> Iterator[Bytes | None]:
        count = -(-side // _TILE)
        for row in range(count):
            for col in range(count):
                # The first is held in any case: tifffile takes the type from it.
                held = not sparse or row == col == 0 or (filled(row, count) and filled(col, count))
                yield cut(repeated, row * _TILE, col * _TILE, _TILE) if held else None

    tifffile.imwrite(
        path,
        tiles(),
        shape=(side, side, 3),
        dtype="uint8",
        tile=(_TILE, _TILE),
        photometric="rgb",
        compression="jpeg",
        compressionargs={"level": _QUALITY},
        bigtiff=True,
    )
