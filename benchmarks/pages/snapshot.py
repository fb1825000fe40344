"""The committed run of the pipeline as the README's table; runs on other processors on `docs/understand/same-bytes.md`.

    python -m benchmarks.pages.snapshot

fills both in from `results/pipeline/` and `results/processors.json`.
"""

from pathlib import Path
from typing import Any

import yaml

from benchmarks.pages.tables import machine_line, markdown, written
from fullconv.files import read_json

ROOT = Path(__file__).resolve().parents[2]
SNAPSHOT = ROOT / "benchmarks" / "results" / "pipeline"
PROCESSORS = ROOT / "benchmarks" / "results" / "processors.json"
SHOWN = {  # the columns of the README's table, how each is written, and where it lies in a classifier's summary
    "validation accuracy": (".4f", ("val_accuracy",)),
    "certificate": (".1e", ("max_difference",)),
    "AP50": (".3f", ("test", "AP50")),
    "AP": (".3f", ("test", "AP")),
    "pointing game": (".3f", ("test", "pointing")),
    "centre accuracy": (".3f", ("test", "centre")),
}
README, PAGE = ROOT / "README.md", ROOT / "docs" / "understand" / "same-bytes.md"
NAMES = tuple(yaml.safe_load((ROOT / "params.yaml").read_text())["names"])  # in the order of the tables
SHARES = tuple(column for column in SHOWN if column != "certificate")  # 0 to 1


def shown(summary: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the numbers of the README's table, by classifier and column."""
    found: dict[str, dict[str, Any]] = {}
    for name, one in summary.items():
        found[name] = {}
        for column, (_, path) in SHOWN.items():
            value = one
            for key in path:
                value = value[key]
            found[name][column] = value
    return found


def words(column: str, value: float | None) -> str:
    """Return a number as the README writes it; nothing for what has no number."""
    return "" if value is None else format(value, SHOWN[column][0])


def classifier_rows(summary: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return the README's row of each classifier."""
    found = shown(summary)
    return [(f"`{name}`", *(words(column, found[name][column]) for column in SHOWN)) for name in NAMES]


def processor_rows(kinds: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    """Return each classifier's numbers, in the order of the processors; once where all are written alike."""
    rows = []
    for name in NAMES:
        cells = [[words(column, kind["classifiers"][name][column]) for kind in kinds] for column in SHOWN]
        rows.append((f"`{name}`", *(one[0] if len(set(one)) == 1 else " · ".join(one) for one in cells)))
    return rows


def kind_rows(kinds: list[dict[str, Any]]) -> list[tuple[str, ...]]:
    """Return what each processor was, and what was set."""
    return [
        (
            kind["kind"],
            machine_line(kind),
            "not recorded" if kind["set"] is None else ", ".join(f"`{key}={one}`" for key, one in kind["set"].items()),
        )
        for kind in kinds
    ]


def spread_line(kinds: list[dict[str, Any]]) -> str:
    """Return how far apart processors are, number by number, for the classifier where they are furthest apart."""
    spreads = []
    for column in SHARES:
        numbers = [[kind["classifiers"][name][column] for kind in kinds] for name in NAMES]
        spreads.append(f"{column} {words(column, max(max(row) - min(row) for row in numbers))}")
    return ", ".join(spreads)


def readme_filled(page: str, summary: dict[str, Any]) -> str:
    """Return the README with its table of classifiers filled in."""
    table = markdown(("classifier", *SHOWN), classifier_rows(summary))
    return written(page, {"classifiers": f"\n{table}\n"})


def page_filled(page: str, taken: dict[str, Any], kinds: list[dict[str, Any]]) -> str:
    """Return the page of bytes with its marked parts filled in."""
    return written(
        page,
        {
            "machine": machine_line(taken),
            "kinds": f"\n{markdown(('processor', 'machine', 'set'), kind_rows(kinds))}\n",
            "processors": f"\n{markdown(('classifier', *SHOWN), processor_rows(kinds))}\n",
            "spread": spread_line(kinds),
        },
    )


if __name__ == "__main__":
    kinds = read_json(PROCESSORS)
    README.write_text(readme_filled(README.read_text(), read_json(SNAPSHOT / "summary.json")))
    PAGE.write_text(page_filled(PAGE.read_text(), read_json(SNAPSHOT / "machine.json"), kinds))
