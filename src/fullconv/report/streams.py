"""Files that grow image by image and are whole or absent: COCO results."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fullconv.files import whole_file


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
