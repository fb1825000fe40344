"""Exports written whole or not at all: what a runtime does not repeat leaves no file."""

import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fullconv.config.formats import KERAS
from fullconv.convert.conversion import Conversion
from fullconv.convert.storage import save_facts
from fullconv.errors import InputError, storage_error
from fullconv.export.comparison import Comparison
from fullconv.export.kinds import KINDS, Kind
from fullconv.export.network import Network
from fullconv.export.quiet import quiet
from fullconv.files import whole_file, whole_folder

_LONGEST = 120  # signs of what another program says
_TEMPORARY = re.compile(r"\S*/\.partial-[^/\s]*/[^/\s]*/")  # names that mean nothing to a person


@dataclass(frozen=True)
class Export:
    """What became of one format: its files with their sizes in bytes and the largest difference, or why it has none."""

    files: Mapping[str, int]
    largest: float | None
    cannot: str | None


def export(conversion: Conversion, formats: Sequence[str], out: Path, tolerance: float) -> dict[str, Export]:
    """Write a conversion in each of the formats into a folder, run each by its own runtime, and compare.

    Where a format cannot hold the network, or its runtime differs, it has no file, and the others have theirs.

    Raises:
        InputError: the folder cannot be written.
    """
    network = Network(conversion)
    comparison = Comparison(network, tolerance)
    with quiet():
        made = {name: _exported(network, KINDS[name], out, comparison) for name in formats}
    if KERAS in made and made[KERAS].cannot is None:
        save_facts(conversion, out / KINDS[KERAS].file)
    return made


def require_all(exports: Mapping[str, Export], name: str) -> None:
    """Refuse what could not be written, once all else was.

    Raises:
        InputError: naming the first format, the network and the reason.
    """
    fine = ",".join(which for which, one in exports.items() if one.cannot is None)
    for which, one in exports.items():
        if one.cannot is not None:
            mend = f"Leave it out: format={fine}." if fine else "Take another format: format=keras."
            raise InputError(f"format={which}", f"not written of {name}: {one.cannot}", mend)


def _exported(network: Network, kind: Kind, out: Path, comparison: Comparison) -> Export:
    target = out / kind.file
    try:
        with (whole_folder if kind.folder else whole_file)(target) as temporary:
            kind.write(network, temporary)
            largest = comparison.largest(kind.runner(temporary))
    except Exception as error:  # what a stranger's converter raises depends on the network
        if storage_error(error) is not None or not out.is_dir():
            raise
        _remove(target)  # of another conversion, from before
        return Export({}, None, _reason(error))
    paths = [path for path in target.rglob("*") if path.is_file()] if kind.folder else [target]
    return Export({path.relative_to(out).as_posix(): path.stat().st_size for path in sorted(paths)}, largest, None)


def _reason(error: Exception) -> str:
    if isinstance(error, InputError):
        return f"{error.where} {error.received}"
    said = _TEMPORARY.sub("", " ".join(str(error).split())) or type(error).__name__
    return said if len(said) <= _LONGEST else f"{said[: _LONGEST - 1]}…"


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
