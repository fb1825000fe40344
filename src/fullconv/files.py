"""Files and folders that are either whole or absent, whatever ends the program that writes them."""

import errno
import fcntl
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from fullconv.errors import InputError, storage_error
from fullconv.nearest import missing_file

# Beside an output, while somebody writes: in it each writer has a folder of its own. What dead ones left is looked for
# here, and not among the outputs, of which a large image's tiles are a hundred thousand.
_WRITERS = ".partial-writers"
_ASIDE = ".aside"  # in a temporary folder: the old output, while the new one takes its place


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


def _lock(handle: int) -> bool | None:
    """Return whether the lock of an open temporary folder was to be had; None where a file system knows no locks.

    A process that dies lets go of its own.
    """
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _clear(parent: Path) -> None:
    """Remove what killed writers left in a folder; put an old output back that one of them had set aside."""
    there: list[Path] = []
    with suppress(OSError):  # mostly nobody writes, or the last one takes the folder away just now
        there = list((parent / _WRITERS).iterdir())
    for left in there:
        with suppress(OSError):  # another process clears it too
            handle = os.open(left, os.O_RDONLY | os.O_DIRECTORY)
            try:
                if _lock(handle):
                    for old in left.glob(f"{_ASIDE}/*"):
                        if not (parent / old.name).exists():
                            old.rename(parent / old.name)
                    shutil.rmtree(left)
            finally:
                os.close(handle)


def _claimed(parent: Path) -> tuple[Path, int]:
    """Return a new temporary folder for what goes to `parent`, and the handle that holds its lock."""
    writers = parent / _WRITERS
    while True:
        with suppress(FileExistsError):
            writers.mkdir()
            with suppress(FileNotFoundError):
                # Whoever may write into the folder may do so here, other users of it too.
                writers.chmod(stat.S_IMODE(parent.stat().st_mode))
        with suppress(FileNotFoundError):  # another process, the last to write here, has taken one of the two away
            folder = Path(tempfile.mkdtemp(dir=writers))
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            # Before it was locked another process may have taken it for a dead one's, and be removing it.
            if _lock(handle) is not False and folder.exists():
                return folder, handle
            os.close(handle)


def settle(path: Path) -> None:
    """Bring a file, or the names in a folder, to the disk, where there is one: what a power cut must not take."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # a network's file system may not know it for folders
            raise
    finally:
        os.close(handle)


def _on_disk(path: Path) -> None:
    """Let the content reach the disk before its name does: after a power cut a name never stands for an empty file."""
    if path.is_dir():
        for folder, _, names in os.walk(path):
            for name in names:
                settle(Path(folder) / name)
            settle(Path(folder))
    else:
        settle(path)


@contextmanager
def _staged(path: Path) -> Iterator[Path]:
    """Yield a temporary folder beside `path`; what the disk refuses meanwhile is told as one InputError."""
    _make_parent(path)
    staging: Path | None = None
    try:
        _clear(path.parent)
        staging, handle = _claimed(path.parent)
        try:
            yield staging
            settle(path.parent)
        finally:
            shutil.rmtree(staging, ignore_errors=True)
            os.close(handle)
    except InputError:
        raise
    except Exception as error:
        refused = storage_error(error, str(path))
        if refused is None:
            raise
        if staging is not None and refused.where.startswith(str(staging)):
            # The temporary name means nothing to a person.
            refused = InputError(str(path), refused.received, refused.mend)
        raise refused from error
    finally:
        with suppress(OSError):  # another one writes
            (path.parent / _WRITERS).rmdir()


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a temporary name beside `path`; rename it to `path` when the block succeeds.

    What stood at `path` stays until then. The temporary name of a process that was killed is removed by the next
    one that writes into the same folder.

    Raises:
        InputError: the folder cannot be written, or the disk is full, read-only or broken.
    """
    with _staged(path) as staging:
        # The name is kept inside the folder because writers look at the suffix.
        temporary = staging / path.name
        yield temporary
        _on_disk(temporary)
        temporary.replace(path)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Yield an empty temporary folder; it takes the place of `path` when the block succeeds.

    Between the old folder and the new one there is a moment with neither; a process killed just then leaves both
    aside, and the next one that writes into the parent folder puts the old one back.

    Raises:
        InputError: the parent folder cannot be written, or the disk is full, read-only or broken.
    """
    with _staged(path) as staging:
        temporary = staging / path.name
        temporary.mkdir()
        yield temporary
        _on_disk(temporary)
        aside = staging / _ASIDE / path.name
        if path.exists():
            aside.parent.mkdir()
            path.rename(aside)
        try:
            temporary.replace(path)
        except OSError:
            if aside.exists():
                aside.rename(path)
            raise


@contextmanager
def list_file(path: Path, head: str = "[", tail: str = "\n]\n") -> Iterator[Callable[[Any], None]]:
    """Yield what adds an item to a list in JSON, one to a line; the file is whole or absent.

    Raises:
        InputError: the folder cannot be written.
    """
    with whole_file(path) as temporary, temporary.open("w") as stream:
        stream.write(head)
        separator = "\n"

        def add(item: Any) -> None:
            nonlocal separator
            stream.write(separator + json.dumps(item, sort_keys=True, allow_nan=False))
            separator = ",\n"

        yield add
        stream.write(tail)


def write_json(path: Path, content: Any) -> None:
    """Write JSON with sorted keys, whole or not at all."""
    with whole_file(path) as temporary:
        temporary.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n")


def read_json(path: Path) -> Any:
    """Read a JSON file: UTF-8, with or without a byte-order mark, UTF-16 or UTF-32.

    Raises:
        InputError: the file is missing, a folder, or is not JSON.
    """
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise missing_file(path) from error
    except IsADirectoryError as error:
        raise InputError(str(path), "a folder", "Name the JSON file in it.") from error
    except UnicodeDecodeError as error:
        raise InputError(str(path), f"not UTF-8 at byte {error.start}", "Save it as UTF-8.") from error
    except (ValueError, RecursionError) as error:
        raise InputError(str(path), f"not JSON ({error})", "Write it anew.") from error
