"""What tests give workers of a cluster to do: a worker is another process, and imports it from here."""

import os
import signal
import time
from pathlib import Path

from fullconv.command.cluster_job import search_tile
from fullconv.errors import InputError
from fullconv.large.search import search_of

VALUES = 2**18  # numbers of a tile, so that a small picture has many

Pair = tuple[int, int]


def small_tiles(rows: Pair, cols: Pair, job: str) -> str:
    """Search a tile as fullconv does, of those that are small."""
    search_of.__defaults__ = (VALUES,)
    return search_tile(rows, cols, job)


def deadly_tile(rows: Pair, cols: Pair, job: str) -> str:
    """Take the worker down with the first tile of the second row, once."""
    killed = Path(job).parent.parent / "killed"
    if rows[0] and not cols[0] and not killed.exists():
        killed.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return small_tiles(rows, cols, job)


def broken_tile(rows: Pair, cols: Pair, job: str) -> str:
    """Search the first row of tiles; the others cannot be read."""
    if rows[0]:
        raise InputError(f"{rows[0]}-{cols[0]}", "cannot be read", "Copy the file again.")
    return small_tiles(rows, cols, job)


def quick_tile(rows: Pair, cols: Pair, job: str) -> str:
    """Do nothing, for as many seconds as `job` says."""
    time.sleep(float(job))
    return f"{rows[0]}-{cols[0]}"
