"""The benchmark of searches at unknown sizes as a table on `docs/understand/performance.md`.

    python -m benchmarks.pages.search

fills the page in from the recorded figures.
"""

import statistics
from pathlib import Path
from typing import Any

from benchmarks.pages.tables import machine_line, markdown, written
from fullconv.files import read_json

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "search.json"
PAGE = ROOT / "docs" / "understand" / "performance.md"
WAYS = ("whole", "coarse")
COLUMNS = (
    "scenes",
    "AP50, all cells",
    "coarse to fine",
    "forward passes, all cells",
    "coarse to fine",
    "its ms",
    "quicker by",
)


def rows(results: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return one row of words for each set: means of metrics and medians of times over the seeds."""
    made = []
    for name, first in results["seeds"][0].items():
        every = [seed[name] for seed in results["seeds"]]
        precision = [statistics.mean(one[way]["AP50"] for one in every) for way in WAYS]
        passes = [statistics.median(one[way]["passes"] for one in every) for way in WAYS]
        taken = statistics.median(one["coarse"]["seconds"] for one in every)
        quicker = statistics.median(one["quicker"] for one in every)
        title = "`{}`, {}×{}".format(name, *first["size"])
        words = (*(f"{one:.4f}" for one in precision), *(f"{one:.1f}" for one in passes))
        made.append((title, *words, f"{1000 * taken:.0f}", f"{quicker:.1f}×"))
    return made


def filled(page: str, results: dict[str, Any]) -> str:
    """Return the page of speed with its part on searches filled in."""
    seeds = len(results["seeds"])
    return written(
        page,
        {
            "search": f"\n{markdown(COLUMNS, rows(results))}\n",
            "search-machine": machine_line(results),
            "search-what": f"{results['images']} images a set, {seeds} seed{'s' if seeds > 1 else ''}",
        },
    )


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(), read_json(RESULTS)))
