"""Take the last run of the pipeline as what README and pages say, or add it to the runs on other processors.

    python -m benchmarks.snapshot                          # results/ → benchmarks/results/pipeline/
    python -m benchmarks.snapshot --against                # how far the last run is from what is committed
    python -m benchmarks.snapshot --kind NAME [SUMMARY]    # the README's numbers → benchmarks/results/processors.json

`make snapshot` is the first, and fills the pages in. Nothing else writes what README and pages are held against.
"""

import argparse
import os
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.machine import machine
from benchmarks.pages.snapshot import PROCESSORS, SHOWN, SNAPSHOT, shown, words
from fullconv.config.layout import OVERVIEW, PHOTO_METRICS, SUMMARY
from fullconv.errors import InputError
from fullconv.files import read_json, whole_file, write_json

ROOT = Path(__file__).resolve().parents[1]
# Which instructions the libraries choose, and how they divide a sum: `make PORTABLE=1` sets each.
CHOICES = (
    "TF_ENABLE_ONEDNN_OPTS",
    "ONEDNN_MAX_CPU_ISA",
    "OPENBLAS_CORETYPE",
    "OPENBLAS_L2_SIZE",
    "OPENBLAS_NUM_THREADS",
    "NPY_DISABLE_CPU_FEATURES",
)


def made_here() -> dict[str, Any]:
    """Return the machine, and what is set of what chooses its instructions."""
    return {"machine": machine(), "set": {name: os.environ[name] for name in CHOICES if name in os.environ}}


def finished(path: Path) -> Path:
    """Return a result of the pipeline.

    Raises:
        InputError: it is not there.
    """
    if not path.is_file():
        raise InputError("results", f"{path} is not there", "Run the pipeline first: make repro.")
    return path


def take(root: Path, into: Path) -> None:
    """Copy the results of the run in a project to the snapshot, with the machine that they were made on.

    Raises:
        InputError: a result is not there; nothing is copied.
    """
    for path in [finished(root / one) for one in (SUMMARY, PHOTO_METRICS, OVERVIEW)]:
        with whole_file(into / path.name) as temporary:
            temporary.write_bytes(path.read_bytes())
    write_json(into / "machine.json", made_here())


def with_kind(kinds: list[dict[str, Any]], kind: str, summary: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the runs on other processors with this one at the end; one of its name is replaced."""
    others = [one for one in kinds if one["kind"] != kind]
    return [*others, {"kind": kind, **made_here(), "classifiers": shown(summary)}]


def against(ours: dict[str, Any], theirs: dict[str, Any]) -> Table:
    """Return a run's numbers as a table, the committed ones in brackets where they are others."""
    table = Table(title="The last run; in brackets what is committed, where that differs", title_justify="left")
    for column in ("classifier", *SHOWN):
        table.add_column(column)
    committed = shown(theirs)
    for name, row in shown(ours).items():
        pairs = [
            (words(column, value), words(column, committed.get(name, {}).get(column))) for column, value in row.items()
        ]
        table.add_row(name, *(one if one == other else f"{one} ({other})" for one, other in pairs))
    return table


def main() -> None:
    """Do what the command line asks for."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("--kind", help="the processor's name in processors.json")
    given.add_argument("--against", action="store_true", help="compare only")
    given.add_argument("summary", nargs="?", type=Path, default=ROOT / SUMMARY, help="another run's summary.json")
    asked = given.parse_args()
    try:
        if asked.against:
            Console().print(against(read_json(finished(asked.summary)), read_json(SNAPSHOT / SUMMARY.name)))
        elif asked.kind:
            kinds = read_json(PROCESSORS) if PROCESSORS.is_file() else []
            write_json(PROCESSORS, with_kind(kinds, asked.kind, read_json(finished(asked.summary))))
        else:
            take(ROOT, SNAPSHOT)
    except InputError as error:
        raise SystemExit(f"error: {error}") from None


if __name__ == "__main__":
    main()
