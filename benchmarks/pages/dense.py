"""The benchmark of dense maps as a table, on the terminal and on `docs/understand/performance.md`.

    python -m benchmarks.pages.dense

fills the page in from the recorded figures.
"""

import json
from pathlib import Path
from typing import Any

from benchmarks.pages.tables import machine_line, markdown, written

RESULTS = Path(__file__).resolve().parents[1] / "results" / "dense.json"
PAGE = RESULTS.parents[2] / "docs" / "understand" / "performance.md"
COLUMNS = (
    "network, image",
    "way",
    "s",
    "over windows",
    "over stitch",
    "of the square GEMM",
    "of the layer's GEMM",
    "difference",
    "memory",
)
NETWORKS = {"lenet": "LeNet 16-32-64", "lenet-wide": "LeNet 20-50-500"}
WAYS = {
    "windows": "batched windows",
    "stitch": "shift-and-stitch",
    "dilate": "dilate",
    "fragment": "fragment",
    "default": "auto",
}


def dense_rows(results: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return one row of words for each way to a map."""
    rows = []
    for case, found in results["cases"].items():
        network, side = case.rsplit("-", 1)
        for name, way in WAYS.items():
            figures, memory = found["sides"][name], found["sides"][name]["memory"]
            rows.append(
                (
                    f"{NETWORKS[network]}, {side}²",
                    f"{way} of {found['batch']}"
                    if name == "windows"
                    else f"{way}: {found['engine']}"
                    if name == "default"
                    else way,
                    f"{figures['seconds']:.3g}",
                    f"{figures['windows']:.1f}×",
                    f"{figures['stitch']:.2f}×",
                    f"{figures['rate']:.0%}",
                    f"{figures['layer_rate']:.0%}",
                    f"{figures['difference']:.0e}",
                    "" if memory is None else f"{memory['bytes'] / 2**20:.0f} MiB",
                )
            )
    return rows


def dense_table(rows: list[tuple[str, ...]]) -> Any:
    """Return the rows as a table for the terminal."""
    from rich.table import Table

    table = Table(title="Dense score maps at stride 1: medians of paired ratios", title_justify="left")
    for column in COLUMNS:
        table.add_column(column, justify="left" if column in COLUMNS[:2] else "right")
    for row in rows:
        table.add_row(*row)
    return table


def limit_rows(results: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return what bounded memory, the conversion and the converted network's pass came to."""
    limited, resnet = results["limited"], results["resnet50"]
    over = max(limited["over_whole"].values())
    return [
        ("LeNet, 1000², `memory=2**29`: over the import", f"{limited['1000']['bytes'] / 2**20:.0f} MiB"),
        ("LeNet, 1000²: parts against the whole map at once, slower of both networks", f"{over:.2f}× the time"),
        ("LeNet, 4000², `memory=2**31`: over the import", f"{limited['4000']['bytes'] / 2**20:.0f} MiB"),
        ("ResNet50: its conversion", f"{sorted(resnet['conversion_seconds'])[1]:.1f} s"),
        ("ResNet50 converted against headless, 224²", f"{resnet['forward_224']:.2f}× the time"),
        ("ResNet50 converted against headless, 448²", f"{resnet['forward_448']:.2f}× the time"),
    ]


def filled(page: str, results: dict[str, Any]) -> str:
    """Return the page of dense maps filled in."""
    return written(
        page,
        {
            "machine": machine_line(results),
            "dense": "\n" + markdown(COLUMNS, dense_rows(results)) + "\n",
            "limits": "\n" + markdown(("what", "measured"), limit_rows(results)) + "\n",
        },
    )


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(), json.loads(RESULTS.read_text())))
