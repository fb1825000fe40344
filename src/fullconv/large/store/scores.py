"""The score map of an image of any size on disk: Zarr v3 in the form of OME-Zarr 0.5, as viewers read it.

A shard (K, c, c), c being the store's `chunk`, is one file and is written by one call; in it chunks (1, i, i) of at
most 256 cells a side are compressed (zstd) and read by themselves, so that a viewer fetches one class of one place.
Measured on 2,048 × 2,048 cells of 11 classes (185 MB): 16 files of level 0 instead of 704 with chunks (1, 256, 256) and
no shards, the same 173 MB (float16: 84 MB); a look at 100 × 100 cells of one class takes 2 ms instead of the 9 ms of
chunks (K, 512, 512), a write of everything 0.6 s instead of 0.3 s. A map of 20,000 × 20,000 cells has 1,600 files, not
69,000.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from fullconv.errors import InputError
from fullconv.files import settle, whole_folder
from fullconv.large.store.disk import refusals_told
from fullconv.large.store.levels import build, level_shapes
from fullconv.large.store.meaning import KEY, Meaning
from fullconv.large.store.progress import differences

if TYPE_CHECKING:
    import zarr

    from fullconv.convert.geometry import Geometry, Pair

FloatArray = npt.NDArray[np.float32]

_INNER = (32, 256)  # cells a side of what is compressed by itself, at least and at most
_ZSTD = 1  # higher levels take longer for not one per cent of floats


class ScoreStore:
    """Scores (H', W', K) in a folder, read and written in parts. Memory holds what a call asks for, and a shard of it.

    Cells that were never written read as NaN. The same calls, in any order, leave the same bytes.
    """

    def __init__(self, path: Path, group: "zarr.Group", meaning: Meaning) -> None:
        """Use `create` or `open`."""
        self.path = path
        self.meaning = meaning
        self._group = group

    @classmethod
    def create(
        cls,
        path: Path,
        *,
        shape: tuple[int, int, int],
        chunk: int,
        names: Sequence[str],
        geometry: "Geometry",
        background: int | None,
        image_size: "Pair",
        dtype: str = "float32",
        microns: tuple[float, float] | None = None,
        attributes: Mapping[str, Any] | None = None,
        colours: Sequence[str] = (),
    ) -> "ScoreStore":
        """Return a new store for scores of `shape` (K, H', W'), or the one that is there with the same meaning.

        `chunk` is the side in cells of what is written at once, `microns` (y, x) the size of a pixel; `colours`
        (#RRGGBB) and `names` are those of the K channels. `attributes` are kept under the key `fullconv`, beside what
        the store itself says there; `value` says what a score is, a probability if it is not given.

        Raises:
            InputError: another store is there, or the folder cannot be written.
        """
        meaning = Meaning(
            shape, chunk, tuple(names), geometry, background, dtype, image_size, microns, dict(attributes or {})
        )
        if not path.exists():
            with whole_folder(path) as temporary:
                _laid_out(temporary, meaning, path.stem, colours)
            return cls.open(path)
        there = cls.open(path)
        theirs, mine = there.meaning.as_dict(), meaning.as_dict()
        if theirs != mine:
            received = f"a score map that differs in {differences(theirs, mine)}"
            raise InputError(str(path), received, "Give another `out`, or delete it.")
        with refusals_told(path):
            for left in path.rglob("*.partial"):  # as zarr names what it is writing
                left.unlink(missing_ok=True)
        return there

    @classmethod
    def open(cls, path: Path) -> "ScoreStore":
        """Return the store that is there.

        Raises:
            InputError: none is there, or it is no score map that `create` made.
        """
        import zarr
        from zarr.errors import GroupNotFoundError

        try:
            group = zarr.open_group(path, mode="r+", zarr_format=3)
            group["0"]
        except (GroupNotFoundError, FileNotFoundError, KeyError, ValueError, TypeError) as error:
            raise InputError(str(path), "no score map in Zarr", "Check the path, or delete the folder.") from error
        return cls(path, group, Meaning.from_dict(group.attrs.get(KEY), path))

    @property
    def levels(self) -> int:
        """How many levels are whole: 1 before `build_levels`."""
        ome: Any = self._group.attrs["ome"]
        return len(ome["multiscales"][0]["datasets"])

    def shape(self, level: int = 0) -> tuple[int, int, int]:
        """Return the shape (K, H', W') of a level."""
        return level_shapes(self.meaning.shape)[level]

    def write(self, rows: "Pair", cols: "Pair", scores: FloatArray) -> None:
        """Write scores (h, w, K) to cells from the first of `rows` and `cols` to before the second, and to the disk.

        Both start and end at multiples of the chunk or at the border.

        Raises:
            InputError: the disk is full, read-only or broken.
            ValueError: a span or the scores' shape is another.
        """
        chunk, (channels, height, width) = self.meaning.chunk, self.meaning.shape
        for (start, end), size in ((rows, height), (cols, width)):
            if start % chunk or (end % chunk and end != size) or not 0 <= start < end <= size:
                raise ValueError(f"cells {start} to {end} of {size} are no whole chunks of {chunk}")
        if scores.shape != (rows[1] - rows[0], cols[1] - cols[0], channels):
            raise ValueError(f"scores {scores.shape} for rows {rows}, columns {cols}, {channels} channels")
        self._put(0, rows, cols, np.moveaxis(scores, -1, 0))

    def read(self, rows: "Pair", cols: "Pair", level: int = 0, channels: slice = slice(None)) -> FloatArray:
        """Return scores (h, w, K) of a level's cells from the first of `rows` and `cols` to before the second."""
        found: Any = self._array(level)[channels, slice(*rows), slice(*cols)]
        return np.ascontiguousarray(np.moveaxis(found, 0, -1), dtype=np.float32)

    def build_levels(self) -> None:
        """Write means of 2×2 cells, level after level, down to at most 512 cells a side; a level is told when all are.

        Cells that were never written do not count. It may be called again, after more was written or after a kill.

        Raises:
            InputError: the disk is full, read-only or broken.
        """
        shapes = level_shapes(self.meaning.shape)
        for level, shape in enumerate(shapes[1:], 1):
            with refusals_told(self.path):
                if str(level) not in self._group:
                    _add_array(self._group, level, shape, self.meaning)
            build(self.read, lambda *block, level=level: self._put(level, *block), shapes, level, self.meaning.chunk)
        ome: Any = self._group.attrs["ome"]
        scale = ome["multiscales"][0]
        colours = [f"#{one['color']}" for one in ome["omero"]["channels"]]
        with refusals_told(self.path):
            self._group.attrs["ome"] = self.meaning.ome(len(shapes), scale["name"], colours)
            settle(self.path / "zarr.json")

    def _array(self, level: int) -> Any:
        return self._group[str(level)]

    def _put(self, level: int, rows: "Pair", cols: "Pair", scores: npt.NDArray[Any]) -> None:
        """Write scores (K, h, w) to whole chunks of a level."""
        chunk, folder = self.meaning.chunk, self.path / str(level) / "c" / "0"
        with refusals_told(self.path):
            self._array(level)[:, slice(*rows), slice(*cols)] = scores.astype(self.meaning.dtype)
            # The ledger says that a tile is done only after this: then a power cut cannot take it.
            for row in range(rows[0] // chunk, -(-rows[1] // chunk)):
                for col in range(cols[0] // chunk, -(-cols[1] // chunk)):
                    settle(folder / str(row) / str(col))
                settle(folder / str(row))
            for names in (folder, folder.parent, folder.parent.parent):
                settle(names)


def _laid_out(folder: Path, meaning: Meaning, name: str, colours: Sequence[str]) -> None:
    import zarr

    attributes: Any = {"ome": meaning.ome(1, name, colours), KEY: meaning.as_dict()}
    group = zarr.open_group(folder, mode="w", zarr_format=3, attributes=attributes)
    _add_array(group, 0, meaning.shape, meaning)


def _add_array(group: "zarr.Group", level: int, shape: tuple[int, int, int], meaning: Meaning) -> None:
    from zarr.codecs import ZstdCodec

    channels, side = _inner(shape[0], meaning.chunk)
    group.create_array(
        str(level),
        shape=shape,
        dtype=meaning.dtype,
        shards=(-(-shape[0] // channels) * channels, meaning.chunk, meaning.chunk),
        chunks=(channels, side, side),
        compressors=ZstdCodec(level=_ZSTD),
        fill_value=float("nan"),
        dimension_names=("c", "y", "x"),
    )


def _inner(channels: int, chunk: int) -> "Pair":
    """Return how many channels, and cells a side, are compressed by themselves.

    The side is the largest that a chunk's can be cut into evenly, all of it where that is small. Of small sides
    several channels go together: each part costs 0.2 ms, which of a thousand classes is more than to compress them.
    """
    least, most = _INNER
    side = next((side for side in range(min(most, chunk), least - 1, -1) if chunk % side == 0), chunk)
    return min(channels, max(1, most**2 // side**2)), side
