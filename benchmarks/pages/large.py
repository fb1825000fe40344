"""The benchmark of large images as tables on `docs/use/large-images.md`.

    python -m benchmarks.pages.large

fills the page in from the recorded figures.
"""

import math
from pathlib import Path
from typing import Any

from benchmarks.pages.tables import machine_line, markdown, written
from fullconv.files import read_json

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "large.json"
PAGE = ROOT / "docs" / "use" / "large-images.md"
SIDES = {
    "ours": "tile by tile, from the file to map and objects on disk",
    "once": "the whole in one pass, map and objects in memory",
    "untiled": "the whole, passes of 1 GiB",
    "blended": "overlapping tiles of 512², blended",
    "windows": "windows in batches of 256",
}
COLUMNS = ("network", "by", "s", "tile by tile is", "differs from the whole by", "cells off by > .01")
MEMORY_COLUMNS = ("network", "pixels", "tiles", "s", "windows would take, s", "memory over the import")
SEARCH_COLUMNS = ("search of 2,000² pixels", "s", "at once, s", "tile by tile is", "objects", "of them not the same")
_MEBIBYTE = 2**20


def title(case: str, figures: dict[str, Any]) -> str:
    """Return what a case's map is of."""
    named = f"`{case}`" if "_" in case else case.split(",")[0]
    return f"{named}, stride {figures['stride'][0]}, {figures['channels']:,} channels, {figures['side']:,}²"


def rows(results: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return one row of words for each case and side."""
    made = []
    for case, figures in sorted(results["cases"].items(), key=lambda one: "_" in one[0]):
        first = title(case, figures)
        for side, words in SIDES.items():
            one = figures["sides"][side]
            off, fast = one["difference"], one["ours_as_fast"]
            made.append(
                (
                    first,
                    words,
                    _seconds(one["seconds"]),
                    "" if side == "ours" else f"{fast:.2g}× as fast" if fast < 10 else f"{fast:.0f}× as fast",
                    "–" if side == "once" else f"{off['most']:.1e}" if off["most"] else "0",
                    "–" if off["share"] == 0 else f"{off['share']:.1%}",
                )
            )
            first = ""
    return made


def memory_rows(results: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return one row of words for each case and size."""
    made = []
    for one in results["memory"]:
        stride = results["cases"][one["case"]]["stride"][0]
        named = f"`{one['case']}`" if "_" in one["case"] else one["case"].split(",")[0]
        part = one["share"] < 0.999
        seconds = _seconds(one["seconds"] / one["share"])
        beside = results["cases"][one["case"]]
        more = math.prod(one["cells"]) / math.prod(beside["cells"])
        made.append(
            (
                f"{named}, stride {stride}",
                f"{one['side']:,}²",
                f"{one['tiles']:,}",
                f"about {seconds}" if part else seconds,
                _seconds(beside["sides"]["windows"]["seconds"] * more),
                f"{one['bytes'] / _MEBIBYTE:,.0f} MiB" + (f" ({one['share']:.1%} of it searched)" if part else ""),
            )
        )
    return made


def search_rows(results: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return one row of words for each tiling of the finder's search."""
    return [
        (
            f"{one['levels']} levels, {one['tiles']} tile{'s' if one['tiles'] > 1 else ''}",
            _seconds(one["seconds"]),
            _seconds(one["untiled_seconds"]),
            f"{one['over_untiled']:.2f}× as fast",
            f"{one['objects']:,}",
            f"{one['unequal']}",
        )
        for one in results["search"]
    ]


def _seconds(taken: float) -> str:
    return f"{taken:,.0f}" if taken >= 10 else f"{taken:.1f}"


def tables(results: dict[str, Any]) -> list[Any]:
    """Return the tables for a terminal."""
    from rich.table import Table

    made = []
    parts = ((COLUMNS, rows), (SEARCH_COLUMNS, search_rows), (MEMORY_COLUMNS, memory_rows))
    for columns, of in parts:
        table = Table(*columns)
        for row in of(results):
            table.add_row(*(word.replace("`", "") for word in row))
        made.append(table)
    return made


def filled(page: str, results: dict[str, Any]) -> str:
    """Return the page with its figures filled in."""
    return written(
        page,
        {
            "large": f"\n{markdown(COLUMNS, rows(results))}\n",
            "large-search": f"\n{markdown(SEARCH_COLUMNS, search_rows(results))}\n",
            "large-memory": f"\n{markdown(MEMORY_COLUMNS, memory_rows(results))}\n",
            "large-machine": f"{machine_line(results)}, beside other work (load {results['load']})",
        },
    )


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(), read_json(RESULTS)))
