"""The one error that a person's input, or the disk below it, can cause."""

import errno
import os
import sqlite3
from collections.abc import Iterator


class InputError(ValueError):
    """A key, file or layer that cannot be used as given.

    The message names it, says what was received and how to mend it.
    """

    def __init__(self, where: str, received: str, mend: str) -> None:
        super().__init__(f"{where}: {received}. {mend}")
        self.where = where
        self.received = received
        self.mend = mend

    def __reduce__(self) -> tuple[type["InputError"], tuple[str, str, str]]:
        # An error that crosses a process (a sweep's worker) keeps its three parts.
        return type(self), (self.where, self.received, self.mend)


_ROOM = "Make room there, then run the same command again."
_RIGHTS = "Make it writable, or choose another folder; then run the same command again."
_DEVICE = "Look at the disk or the mount (dmesg), then run the same command again."
_OPEN = "Raise the limit (ulimit -n), then run the same command again."

_MENDS = {
    errno.ENOSPC: _ROOM,
    errno.EDQUOT: _ROOM,
    errno.EFBIG: _ROOM,
    errno.EROFS: _RIGHTS,
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.EIO: _DEVICE,
    errno.ESTALE: _DEVICE,
    errno.ENODEV: _DEVICE,
    errno.EMFILE: _OPEN,
    errno.ENFILE: _OPEN,
}
_SQLITE_MENDS = {
    sqlite3.SQLITE_FULL: _ROOM,
    sqlite3.SQLITE_READONLY: _RIGHTS,
    sqlite3.SQLITE_CANTOPEN: _RIGHTS,
    sqlite3.SQLITE_IOERR: _DEVICE,
}


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and those it came from: a writer that closes in vain hides why it could not write."""
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def storage_error(error: BaseException, where: str | None = None) -> InputError | None:
    """Return what a person is told if a disk caused an error: it is full, read-only, forbidden or broken; else None.

    An error that names a file of its own is told with that name; one that does not (a full disk seldom names a file)
    with `where`.
    """
    for one in _causes(error):
        if isinstance(one, OSError) and one.errno in _MENDS:
            reason = os.strerror(one.errno)
            named = one.filename if isinstance(one.filename, str | os.PathLike) else where
            return InputError(os.fspath(named or "a file"), f"the system refuses it ({reason})", _MENDS[one.errno])
        code = getattr(one, "sqlite_errorcode", 0) & 0xFF  # the rest of an extended code says which call failed
        if isinstance(one, sqlite3.Error) and code in _SQLITE_MENDS:
            return InputError(where or "the SQLite database", f"the system refuses it ({one})", _SQLITE_MENDS[code])
    return None
