"""What `locate.cluster` says: where the tiles of a large picture are computed."""

import re
from dataclasses import dataclass

from fullconv.errors import InputError

# Knobs of `locate` on which no map and no candidate depends.
RUNNING = ("cluster", "cluster_options", "threshold", "top")

NONE, LOCAL, SLURM, ADDRESS = "none", "local", "slurm", "address"
_LOCAL = re.compile(r"local(?::([1-9]\d*))?")
_ADDRESS = re.compile(r"(tcp|tls|ws|wss)://[^\s/]+:\d+(/\S*)?")
_MEND = "Choose one of none, local, local:WORKERS, slurm, or give a Dask scheduler's address, such as tcp://host:8786."


@dataclass(frozen=True)
class Place:
    """Where tiles are computed: `kind` is one of the four, `workers` are those of LOCAL, None: one a core."""

    kind: str
    workers: int | None = None
    address: str = ""


def place_of(word: str, at: str = "locate.cluster") -> Place:
    """Return what a word means; `at` is its key.

    Raises:
        InputError: it means nothing.
    """
    if word in (NONE, SLURM):
        return Place(word)
    if (local := _LOCAL.fullmatch(word)) is not None:
        return Place(LOCAL, int(local[1]) if local[1] else None)
    if _ADDRESS.fullmatch(word):
        return Place(ADDRESS, address=word)
    raise InputError(at, f"received {word!r}", _MEND)
