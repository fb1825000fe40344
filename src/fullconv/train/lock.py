"""One training of a kind at a time; the kernel lifts the lock of a process that died."""

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_log = logging.getLogger(__name__)


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock `path`, a file that is there while somebody does; wait for another process that holds it."""
    stream = _locked(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        stream.close()


def _locked(path: Path) -> IO[str]:
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            stream = path.open("a+")
        except FileNotFoundError:  # the folder went between the two lines, with the holder's checkpoint
            continue
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            stream.seek(0)
            _log.warning(
                "process %s is at this training (%s): it is waited for, and gone on from what it leaves.",
                stream.read().strip() or "unknown",
                path,
            )
            fcntl.flock(stream, fcntl.LOCK_EX)
        if _is_at(path, stream):
            stream.truncate(0)
            stream.write(f"{os.getpid()}\n")
            stream.flush()
            return stream
        stream.close()  # its holder removed this file; another may be there by now


def _is_at(path: Path, stream: IO[str]) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(stream.fileno()))
    except FileNotFoundError:
        return False
