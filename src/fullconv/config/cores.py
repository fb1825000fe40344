"""How many threads a process may keep busy: a job of a sweep leaves cores to the others."""

import os

THREADS = "FULLCONV_THREADS"  # an environment variable; unset: every core


def cores() -> int:
    """Return the cores that this process may run on; a scheduler or a container may give fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def usable_threads() -> int:
    """Return how many threads this process may keep busy."""
    given = os.environ.get(THREADS, "")
    return int(given) if given.isdecimal() and int(given) > 0 else cores()
