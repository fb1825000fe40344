"""Zip archives whose bytes depend on their content alone: no date, system or version of Python shows."""

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.files import whole_file

_FIRST_DATE = (1980, 1, 1, 0, 0, 0)  # that a zip can hold
_UNIX = 3
_ENCRYPTED = 1  # bit of an entry's flags
_HEADER = 30  # bytes before an entry's name
_DESCRIPTION = (1 << 16) + 10  # bytes that an array's own header has at most


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
    """The arrays of an .npz: pixels that lie there uncompressed stay on disk, read-only, and the file is mapped once.

    Raises:
        zipfile.BadZipFile: on access, where an array is damaged.
        KeyError: on access, where there is none of that name.
    """

    def __init__(self, path: Path, archive: np.lib.npyio.NpzFile) -> None:
        """`archive` is `path`, opened by NumPy."""
        assert archive.zip is not None  # as long as it is open
        self._archive = archive
        self._entries = {one.filename.removesuffix(".npy"): one for one in archive.zip.infolist()}
        mapped: Any = np.memmap(path, np.uint8, "r")
        self._file: npt.NDArray[np.uint8] = mapped.view(np.ndarray)

    def __getitem__(self, name: str) -> npt.NDArray[Any]:
        pixels = _pixels(self._file, self._entries[name])
        return self._archive[name] if pixels is None else pixels

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def _pixels(file: npt.NDArray[np.uint8], entry: zipfile.ZipInfo) -> npt.NDArray[np.uint8] | None:
    """Return an uncompressed array of bytes where it lies in an archive; None for any other entry."""
    if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & _ENCRYPTED:
        return None
    head = file[entry.header_offset :][:_HEADER].tobytes()
    if head[:4] != b"PK\x03\x04" or len(head) < _HEADER:
        raise zipfile.BadZipFile(f"no entry {entry.filename} where it should be")
    start = entry.header_offset + _HEADER + sum(int.from_bytes(head[at : at + 2], "little") for at in (26, 28))
    content = file[start:][: entry.file_size]
    if len(content) < entry.file_size or zlib.crc32(content.data) != entry.CRC:
        raise zipfile.BadZipFile(f"{entry.filename} is cut off or altered (CRC-32)")
    begin = io.BytesIO(content[:_DESCRIPTION].tobytes())
    if np.lib.format.read_magic(begin) != (1, 0):
        return None
    shape, in_columns, kind = np.lib.format.read_array_header_1_0(begin)
    if kind != np.uint8 or in_columns:
        return None
    if content.size - begin.tell() != np.prod(shape, dtype=np.int64):
        raise zipfile.BadZipFile(f"{entry.filename} has {content.size} bytes, not those of {shape}")
    return content[begin.tell() :].reshape(shape)
