"""Which tiles of a picture are finished, what each left, and whether the disk has room for all."""

import json
import math
import re
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.archives import array_file
from fullconv.errors import InputError
from fullconv.files import read_json, write_json
from fullconv.large.store.levels import level_shapes

Array = npt.NDArray[Any]

CANDIDATE = 64  # bytes of one in a tile's file: category, score, box, and what the file says of them
_IDENTITY = "identity.json"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_SHOWN = 60  # letters of a value that is told
_KEYS = 5  # keys that are told
_ABSENT = object()


class Ledger:
    """The finished tiles of one search, each a file `<tile>.npz` in a folder: a file that is there is whole.

    A process may be killed at any moment; the next one claims the folder and goes on. Names of tiles are letters,
    digits, `_` and `-`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def claim(self, identity: Mapping[str, Any]) -> None:
        """Say what is searched, by what and how, as JSON has it; remove what a killed process left half-written.

        Raises:
            InputError: the folder is that of another search, or cannot be written.
        """
        path = self.folder / _IDENTITY
        mine = json.loads(json.dumps(identity))
        if path.exists():
            theirs = read_json(path)
            if theirs != mine:
                received = f"holds a search that differs in {differences(theirs, mine)}"
                raise InputError(str(self.folder), received, "Give another `out`, or delete this folder.")
        # Also where it is the same: a writer clears its folder of leftovers, and meets a disk that is read-only.
        write_json(path, mine)

    def done(self, tile: str) -> bool:
        """Return whether a tile is finished."""
        return self._path(tile).exists()

    def finish(self, tile: str, arrays: Mapping[str, Array]) -> None:
        """Write what a tile left, by name; from then on it is done, even after a power cut.

        Raises:
            InputError: the disk is full, read-only or broken.
        """
        with array_file(self._path(tile)) as add:
            for name in sorted(arrays):
                add(name, arrays[name])

    def load(self, tile: str) -> dict[str, Array]:
        """Return what a finished tile left, by name.

        Raises:
            InputError: it is not finished, or its file is damaged.
        """
        path = self._path(tile)
        try:
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
                return {name: archive[name] for name in archive.files}
        except FileNotFoundError as error:
            raise InputError(str(path), "no such file: the tile is not finished", "Run the command again.") from error
        except (zipfile.BadZipFile, ValueError, EOFError, KeyError, TypeError, AttributeError) as error:
            # The last two: NumPy takes a file without a zip's first bytes for one array.
            raise InputError(str(path), f"damaged ({error})", "Delete it, then run the same command again.") from error

    def _path(self, tile: str) -> Path:
        if not _NAME.fullmatch(tile):
            raise ValueError(f"{tile!r} is no name of a tile")
        return self.folder / f"{tile}.npz"


def differences(theirs: Any, mine: Any) -> str:
    """Return `key: theirs there, mine here` for the keys in which two identities differ."""
    old, new = dict(_flat(theirs)), dict(_flat(mine))
    keys = [key for key in sorted(old.keys() | new.keys()) if old.get(key, _ABSENT) != new.get(key, _ABSENT)]
    told = [f"{key} ({_short(old.get(key, _ABSENT))} there, {_short(new.get(key, _ABSENT))} here)" for key in keys]
    more = f" and {len(told) - _KEYS} more" if len(told) > _KEYS else ""
    return ", ".join(told[:_KEYS]) + more


def _flat(content: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield dotted keys and values; a key of an empty table, too, is a key."""
    if isinstance(content, dict) and content:
        for key, value in content.items():
            yield from _flat(value, f"{prefix}.{key}" if prefix else key)
    else:
        yield prefix or "all", content


def _short(value: Any) -> str:
    said = "nothing" if value is _ABSENT else json.dumps(value, ensure_ascii=False)
    return said if len(said) <= _SHOWN else said[: _SHOWN - 1] + "…"


def needed_disk(shape: tuple[int, int, int], dtype: str = "float32", candidates: int = 0) -> int:
    """Return how many bytes a store of scores (K, H', W') with all its levels takes, uncompressed, and candidates."""
    return sum(map(math.prod, level_shapes(shape))) * np.dtype(dtype).itemsize + candidates * CANDIDATE


def checked_disk(folder: Path, needed: int) -> None:
    """Refuse before work starts what the disk has no room for; what lies in the folder already counts as room.

    Raises:
        InputError: fewer bytes are free than `needed`.
    """
    there = folder.absolute()
    lying = sum(path.stat().st_size for path in there.rglob("*") if path.is_file()) if there.is_dir() else 0
    while not there.exists():
        there = there.parent
    free = shutil.disk_usage(there).free
    if free + lying < needed:
        received = f"{_told(needed - lying)} may be needed, {_told(free)} are free"
        mend = "Make room, choose another `out`, or store less (dtype float16, a larger stride)."
        raise InputError(str(folder), received, mend)


def _told(size: int) -> str:
    """Return bytes as people say them."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"
