"""Which process a run is of, and whether that process still works."""

import os
import socket
from pathlib import Path

PROCESS = "fullconv.process"  # tag: host, number and start of the process that writes to the run


def this_process() -> str:
    """Return what tells this process from all others, also from a later one of the same number."""
    return f"{socket.gethostname()} {os.getpid()} {_start(os.getpid())}"


def works_elsewhere(process: str | None) -> bool:
    """Return whether another process of this host is known to be alive by what `this_process` returned in it.

    Of another host nothing is known: such a process counts as gone, because a container that starts again has a new
    host name.
    """
    if process is None or process == this_process():
        return False
    host, number, start = process.rsplit(" ", 2)
    if host != socket.gethostname():
        return False
    return _alive(int(number)) and _start(int(number)) == start


def of_another_host(process: str | None) -> bool:
    """Return whether a process is of another host than this, by what `this_process` returned in it."""
    return process is not None and process.rsplit(" ", 2)[0] != socket.gethostname()


def _start(number: int) -> str:
    """Return when a process started, in the kernel's ticks; 0 where there is no /proc."""
    try:
        # The name in brackets may hold anything; the fields after it do not.
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return "0"


def _alive(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another person's
        pass
    return True
