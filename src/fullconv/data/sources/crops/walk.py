"""The pictures below a folder, in an order that no file system decides."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from fullconv.data.pictures.photo_files import SUFFIXES
from fullconv.errors import InputError

_NEVER = ("__macosx", "@eadir", "$recycle.bin", "system volume information")


def is_hidden(name: str) -> bool:
    """Return whether a file or folder is a system's own: hidden, or left by an archive."""
    return name.startswith(".") or name.lower() in _NEVER


def is_picture(path: Path) -> bool:
    """Return whether a file is called like a picture, a link that leads nowhere too: who reads it says so."""
    return path.suffix.lower() in SUFFIXES and not is_hidden(path.name) and not path.is_dir()


def folders_in(folder: Path, where: str) -> list[Path]:
    """Return the folders right in a folder, sorted by name.

    Raises:
        InputError: it cannot be read.
    """
    try:
        return sorted(one for one in folder.iterdir() if one.is_dir() and not is_hidden(one.name))
    except OSError as error:
        raise InputError(where, f"{folder} cannot be read ({error.strerror})", "Mend its permissions.") from error


def files_below(folder: Path, where: str, besides: Sequence[Path] = ()) -> list[Path]:
    """Return every file below a folder that is not hidden, sorted by its path; links are followed, never in circles.

    Raises:
        InputError: a folder cannot be read.
    """
    found = list(_files(folder, where, {one.resolve() for one in besides}, set()))
    return sorted(found, key=lambda one: one.relative_to(folder).as_posix())


def pictures_below(folder: Path, where: str, besides: Sequence[Path] = ()) -> list[Path]:
    """Return every picture below a folder, sorted by its path, but for those in some folders."""
    return [one for one in files_below(folder, where, besides) if is_picture(one)]


def _files(folder: Path, where: str, seen: set[Path], above: set[Path]) -> Iterator[Path]:
    real = folder.resolve()
    if real in seen or real in above:
        return
    try:
        entries = sorted(os.scandir(folder), key=lambda one: one.name)
    except OSError as error:
        raise InputError(where, f"{folder} cannot be read ({error.strerror})", "Mend its permissions.") from error
    for entry in entries:
        if is_hidden(entry.name):
            continue
        if entry.is_dir():
            yield from _files(Path(entry.path), where, seen, above | {real})
        else:
            yield Path(entry.path)
