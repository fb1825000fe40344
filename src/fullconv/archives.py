"""Zip archives whose bytes depend on their content alone: no date, system or version of Python shows."""

import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.files import whole_file

_FIRST_DATE = (1980, 1, 1, 0, 0, 0)  # that a zip can hold
_UNIX = 3


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
