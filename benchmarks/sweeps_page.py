"""The benchmark of sweeps as a table on `docs/sweeps.md`.

    python benchmarks/sweeps_page.py

fills the page in from the recorded figures.
"""

from pathlib import Path
from typing import Any

from sweeps import rows
from tables import machine_line, markdown, written

from fullconv.files import read_json

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results" / "sweeps.json"
PAGE = ROOT / "docs" / "sweeps.md"
COLUMNS = ("two jobs", "seconds", "side by side is faster by")


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
