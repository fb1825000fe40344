"""The benchmark of baselines as a table, on the terminal and on `docs/understand/localization.md`.

    python -m benchmarks.pages.localization

fills the page in from the recorded figures.
"""

import json
from pathlib import Path
from typing import Any

from benchmarks.pages.tables import machine_line, markdown, written

RESULTS = Path(__file__).resolve().parents[1] / "results" / "baselines.json"
PAGE = RESULTS.parents[2] / "docs" / "understand" / "localization.md"
NETWORKS = ("located", "background")
COLUMNS = ("classifier", "map", "pointing game", "AP50", "ms a mosaic")
WAYS = {
    "gradcam-resized": "Grad-CAM, mosaic resized to the window",
    "gradcam-pool": "Grad-CAM, global pool over the mosaic",
    "gradcam": "Grad-CAM, converted, highest cell",
    "gradcam++-pool": "Grad-CAM++, global pool over the mosaic",
    "gradcam++": "Grad-CAM++, converted, highest cell",
    "occlusion-resized": "occlusion, mosaic resized to the window",
    "occlusion-pool": "occlusion, global pool over the mosaic",
    "occlusion": "occlusion, converted, highest cell",
    "cell": "per-cell head",
    "coarse": "score map",
    "stitch": "dense score map, shift-and-stitch",
    "dense": "dense score map, `auto`",
}


def baseline_rows(results: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return one row of words for each way to a map."""
    rows = []
    for network in NETWORKS:
        for name, figures in _ordered(results["networks"][network]):
            milliseconds = float(f"{figures['milliseconds']:.3g}")
            rows.append(
                (network, WAYS[name], f"{figures['pointing']:.3f}", f"{figures['AP50']:.3f}", f"{milliseconds:g}")
            )
    return rows


def _ordered(ways: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(name, ways[name]) for name in WAYS if name in ways]


def baseline_table(results: dict[str, Any]) -> Any:
    """Return the rows as a table for the terminal."""
    from rich.table import Table

    table = Table(title=f"Maps of {results['images']} mosaics, set {results['set']}", title_justify="left")
    for column in COLUMNS:
        table.add_column(column, justify="left" if column in COLUMNS[:2] else "right")
    for row in baseline_rows(results):
        table.add_row(*row)
    return table


def set_line(results: dict[str, Any]) -> str:
    """Return what was measured on, and which classifiers are not the pipeline's."""
    given = ", ".join(f"`{name}`" for name in results["given"])
    note = f"; {given} is a trial, not the pipeline's" if given else ""
    return f"the first {results['images']} mosaics of the set `{results['set']}`{note}"


def filled(page: str, results: dict[str, Any]) -> str:
    """Return a page with its marked parts filled in."""
    return written(
        page,
        {
            "baselines": "\n" + markdown(COLUMNS, baseline_rows(results)) + "\n",
            "baselines-set": set_line(results),
            "baselines-machine": machine_line(results),
        },
    )


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(), json.loads(RESULTS.read_text())))
