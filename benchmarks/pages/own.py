"""The benchmark of a person's own objects as a table on `docs/use/own.md`.

    python -m benchmarks.pages.own

fills the page in from the recorded figures.
"""

import statistics
from pathlib import Path
from typing import Any

from benchmarks.pages.tables import machine_line, markdown, written
from fullconv.files import read_json

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "own.json"
PAGE = ROOT / "docs" / "use" / "own.md"
SIDES = {
    "finder": "`fullconv train data=folder`",
    "sliding": "classifier of crops, slid",
    "activation": "class activation maps",
    "templates": "template matching",
}
UNAIDED = "the same, thresholds its own"  # no box was seen but those of the test
COLUMNS = (
    "set",
    "crops, classes",
    "objects' side",
    "by",
    "AP50",
    "F1 by centre",
    "miscounted",
    "training, s",
    "a picture, s",
)


def rows(results: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return one row of words for each set and side, in the order of `SIDES`."""
    made = []
    for name, entry in results["sets"].items():
        low, middle, high = entry["side"]
        facts = (name, f"{entry['crops']:,}, {entry['classes']}", f"{middle} ({low}–{high})")
        for side, words in SIDES.items():
            runs = entry["sides"].get(side, {"runs": []})["runs"]
            unaided = [run | run["unaided"] for run in runs if "unaided" in run]
            for lines, told in ((runs, words), (unaided, UNAIDED)):
                if lines:
                    made.append((*facts, told, *_figures(lines)))
                    facts = ("", "", "")
    return made


def _figures(runs: list[dict[str, Any]]) -> tuple[str, ...]:
    worst = [max(run["count_error"].values()) for run in runs]
    miscounted = f"{_mean([run['count_error_mean'] for run in runs]):.0%}, worst class {_mean(worst):.0%}"
    training, picture = (_mean([run[f"seconds_{what}"] for run in runs]) for what in ("training", "picture"))
    quality = (_spread([run[key] for run in runs]) for key in ("AP50", "F1_center"))
    return (*quality, miscounted, f"{training:.0f}", f"{picture:.2f}")


def _mean(values: list[float]) -> float:
    return float(statistics.mean(values))


def _spread(values: list[float]) -> str:
    """Return the mean, and least and greatest where there are several."""
    if len(values) == 1:
        return f"{values[0]:.3f}"
    return f"{_mean(values):.3f} ({min(values):.3f}–{max(values):.3f})"


def own_table(results: dict[str, Any]) -> Any:
    """Return the rows as a table for a terminal."""
    from rich.table import Table

    table = Table(*COLUMNS)
    for row in rows(results):
        table.add_row(*(word.replace("`", "") for word in row))
    return table


def filled(page: str, results: dict[str, Any]) -> str:
    """Return the page with its figures filled in."""
    sources = {name: entry["source"] for name, entry in results["sets"].items() if entry["source"]}
    machines = {machine_line(side) for entry in results["sets"].values() for side in entry["sides"].values()}
    return written(
        page,
        {
            "own": f"\n{markdown(COLUMNS, rows(results))}\n",
            "own-machine": "; ".join(sorted(machines)),
            "own-sources": ", ".join(f"`{name}` from {source}" for name, source in sources.items()),
        },
    )


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(), read_json(RESULTS)))
