"""Files and folders that are either whole or absent."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fullconv.errors import InputError


def _make_parent(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not os.access(path.parent, os.W_OK):
            raise PermissionError("not writable")
    except OSError as error:
        raise InputError(
            str(path.parent),
            f"the output folder cannot be written ({error})",
            "Choose another folder or mend its permissions.",
        ) from error


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a temporary name beside `path`; rename it to `path` when the block succeeds.

    Raises:
        InputError: the folder cannot be written.
    """
    _make_parent(path)
    folder = Path(tempfile.mkdtemp(prefix=".partial-", dir=path.parent))
    try:
        # The name is kept inside the folder because writers look at the suffix.
        yield folder / path.name
        (folder / path.name).replace(path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Yield an empty temporary folder; it takes the place of `path` when the block succeeds.

    Raises:
        InputError: the parent folder cannot be written.
    """
    _make_parent(path)
    outer = Path(tempfile.mkdtemp(prefix=".partial-", dir=path.parent))
    inner = outer / path.name
    inner.mkdir()
    try:
        yield inner
        if path.exists():
            shutil.rmtree(path)
        inner.replace(path)
    finally:
        shutil.rmtree(outer, ignore_errors=True)


def write_json(path: Path, content: Any) -> None:
    """Write JSON with sorted keys, whole or not at all."""
    with whole_file(path) as temporary:
        temporary.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n")


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        InputError: the file is missing or is not JSON.
    """
    try:
        return json.loads(path.read_text())
    except FileNotFoundError as error:
        raise InputError(str(path), "no such file", "Check the path, or run the stage that writes it.") from error
    except ValueError as error:
        raise InputError(str(path), f"not JSON ({error})", "Write it anew.") from error
