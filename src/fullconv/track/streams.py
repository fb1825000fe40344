"""Files that grow image by image and are whole or absent: raw score maps, COCO results."""

import json
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.files import whole_file

_NO_DATE = (1980, 1, 1, 0, 0, 0)  # the first that a zip archive can hold: bytes must not tell when they were written


@contextmanager
def score_file(path: Path) -> Iterator[Callable[[int | str, npt.NDArray[Any]], None]]:
    """Yield what adds an array to an .npz, such as one image's score map `(H', W', K)` under the image's id.

    Raises:
        InputError: the folder cannot be written.
    """
    with whole_file(path) as temporary, zipfile.ZipFile(temporary, "w", allowZip64=True) as archive:

        def add(key: int | str, values: npt.NDArray[Any]) -> None:
            with archive.open(zipfile.ZipInfo(f"{key}.npy", _NO_DATE), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.ascontiguousarray(values), allow_pickle=False)

        yield add


@contextmanager
def results_file(path: Path) -> Iterator[Callable[[Sequence[Mapping[str, Any]]], None]]:
    """Yield what adds COCO results to a JSON list, one to a line.

    Raises:
        InputError: the folder cannot be written.
    """
    with whole_file(path) as temporary, temporary.open("w") as stream:
        stream.write("[")
        separator = "\n"

        def add(found: Sequence[Mapping[str, Any]]) -> None:
            nonlocal separator
            for one in found:
                stream.write(separator + json.dumps(one, sort_keys=True))
                separator = ",\n"

        yield add
        stream.write("\n]\n")
