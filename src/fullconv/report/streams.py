"""Files that grow image by image and are whole or absent: COCO results."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fullconv.files import list_file


@contextmanager
def results_file(path: Path) -> Iterator[Callable[[Sequence[Mapping[str, Any]]], None]]:
    """Yield what adds COCO results to a JSON list, one to a line.

    Raises:
        InputError: the folder cannot be written.
    """
    with list_file(path) as add_one:

        def add(found: Sequence[Mapping[str, Any]]) -> None:
            for one in found:
                add_one(one)

        yield add
