"""Zip archives whose bytes depend on their content alone: no date, system or version of Python shows."""

import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from fullconv.files import whole_file

_FIRST_DATE = (1980, 1, 1, 0, 0, 0)  # that a zip can hold
_UNIX = 3
_ENCRYPTED = 1  # bit of an entry's flags
_HEADER = 30  # bytes before an entry's name
_PIECE = 1 << 20


def undated(name: str) -> zipfile.ZipInfo:
    """Return a zip entry that does not tell when, or on which system, it was written."""
    entry = zipfile.ZipInfo(name, _FIRST_DATE)
    entry.create_system = _UNIX
    entry.external_attr = 0o644 << 16
    return entry


@contextmanager
def array_file(path: Path) -> Iterator[Callable[[int | str, npt.NDArray[Any]], None]]:
    """Yield what adds an array to an uncompressed .npz, such as one image's score map under the image's id.

    Raises:
        InputError: the folder cannot be written.
    """
    with whole_file(path) as temporary, zipfile.ZipFile(temporary, "w") as archive:

        def add(key: int | str, values: npt.NDArray[Any]) -> None:
            entry = undated(f"{key}.npy")
            # Told its size, zipfile takes its 64-bit layout, which is another in each version of Python, for what
            # needs it only. numpy.savez always does.
            entry.file_size = values.nbytes
            with archive.open(entry, "w") as member:
                np.lib.format.write_array(member, np.ascontiguousarray(values), allow_pickle=False)

        yield add


class Members(Mapping[str, npt.NDArray[Any]]):
    """The arrays of an archive: pixels stay on disk, where they lie there uncompressed."""

    def __init__(self, path: Path, archive: np.lib.npyio.NpzFile) -> None:
        """`archive` is `path`, opened by NumPy."""
        self._path, self._archive = path, archive
        assert archive.zip is not None  # as long as it is open
        self._entries = {one.filename.removesuffix(".npy"): one for one in archive.zip.infolist()}

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        if name not in self._entries:
            raise KeyError(name)
        mapped = _mapped_pixels(self._path, self._entries[name])
        return self._archive[name] if mapped is None else mapped

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def _mapped_pixels(path: Path, entry: zipfile.ZipInfo) -> npt.NDArray[np.uint8] | None:
    """Return an uncompressed array of bytes of an .npz where it lies on disk, read-only; None for any other entry.

    Its checksum is compared first, piece by piece, so that memory holds no more of it than what is looked at later.

    Raises:
        zipfile.BadZipFile: the entry is damaged.
        ValueError: it is no array.
    """
    if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & _ENCRYPTED:
        return None
    with path.open("rb") as stream:
        stream.seek(entry.header_offset)
        head = stream.read(_HEADER)
        if head[:4] != b"PK\x03\x04" or len(head) < _HEADER:
            raise zipfile.BadZipFile(f"no entry {entry.filename} where it should be")
        start = stream.seek(int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little"), 1)
        _check_sum(stream, entry)
        stream.seek(start)
        version = np.lib.format.read_magic(stream)
        if version != (1, 0):
            return None
        shape, in_columns, kind = np.lib.format.read_array_header_1_0(stream)
        if kind != np.uint8 or in_columns or not np.prod(shape):
            return None
        place = stream.tell()
        if place - start + int(np.prod(shape)) != entry.file_size:
            raise zipfile.BadZipFile(f"{entry.filename} has {entry.file_size} bytes, not those of {shape}")
        mapped: Any = np.memmap(stream, np.uint8, "r", place, tuple(shape))
    found: npt.NDArray[np.uint8] = mapped.view(np.ndarray)
    return found


def _check_sum(stream: BinaryIO, entry: zipfile.ZipInfo) -> None:
    left, found = entry.file_size, 0
    while left:
        piece = stream.read(min(left, _PIECE))
        if not piece:
            raise zipfile.BadZipFile(f"{entry.filename} is cut off")
        left, found = left - len(piece), zlib.crc32(piece, found)
    if found != entry.CRC:
        raise zipfile.BadZipFile(f"Bad CRC-32 for file {entry.filename!r}")
