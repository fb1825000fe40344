"""The benchmark of sweeps as a table on `docs/use/sweeps.md`.

    python -m benchmarks.pages.sweeps

fills the page in from the recorded figures.
"""

from pathlib import Path
from typing import Any

from benchmarks.pages.tables import machine_line, markdown, written
from fullconv.files import read_json

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "sweeps.json"
PAGE = ROOT / "docs" / "use" / "sweeps.md"
COLUMNS = ("two jobs", "seconds", "side by side is faster by")
LABELS = {
    "same": "one after the other, {threads} thread{s} each",
    "all": "one after the other, every core for each",
    "beside": "side by side, {threads} thread{s} each",
}


def rows(results: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return one row of words for each way."""
    threads = results["threads"]
    said = {name: label.format(threads=threads, s="" if threads == 1 else "s") for name, label in LABELS.items()}
    return [
        (said[name], f"{results['seconds'][name]:.1f}", f"{results['speed_up'].get(name, 1.0):.2f}×") for name in LABELS
    ]


def filled(page: str, results: dict[str, Any]) -> str:
    """Return a page with its marked parts filled in."""
    return written(
        page,
        {
            "sweeps": f"\n{markdown(COLUMNS, [tuple(row) for row in rows(results)])}\n",
            "sweeps-machine": machine_line(results),
            "sweeps-what": f"{results['epochs']} epochs of `{results['data']}`, {results['rounds']} rounds",
        },
    )


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(), read_json(RESULTS)))
