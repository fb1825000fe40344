"""The benchmark of strangers' classifiers on collages as a table on `docs/use/strangers.md`.

    python -m benchmarks.pages.collages

fills the page in from the recorded figures.
"""

import statistics
from pathlib import Path
from typing import Any

from benchmarks.pages.tables import machine_line, markdown, written
from fullconv.files import read_json

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "collages.json"
PAGE = ROOT / "docs" / "use" / "strangers.md"
COLUMNS = (
    "network of",
    "kind",
    "window",
    "names right alone",
    "pointing",
    "AP50",
    "as one scene: pointing",
    "AP50",
    "network kept aside",
)


def means(of: dict[str, dict[str, float]]) -> dict[str, float]:
    """Return the metrics of a reading: pointing over all classes that were asked for, AP50 over the sets."""
    trials = sum(one["classes"] for one in of.values())
    return {
        "pointing": sum(one["pointing"] * one["classes"] for one in of.values()) / trials,
        "AP50": statistics.mean(one["AP50"] for one in of.values()),
    }


def rows(results: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return one row of words for each network."""
    made = []
    for one in results["networks"].values():
        panels, scene = means(one["auto"]), means(one["regions"])
        right, of = one["pictures_right"]
        figures = [f"{each[key]:.3f}" for each in (panels, scene) for key in ("pointing", "AP50")]
        window = "×".join(map(str, one["window"]))
        words = (f"`{one['network']}`", one["kind"], window, f"{right} of {of}")
        made.append((*words, *figures, "yes" if one["aside"] else "no"))
    return made


def sources(results: dict[str, Any]) -> str:
    """Return where the pictures are from, in a line."""
    each = {one["kind"]: one["pictures"] for one in results["networks"].values()}
    return ", ".join(f"{kind} from `{where}`" for kind, where in sorted(each.items()))


def filled(page: str, results: dict[str, Any]) -> str:
    """Return the page with its figures filled in."""
    return written(
        page,
        {
            "collages": f"\n{markdown(COLUMNS, rows(results))}\n",
            "collages-machine": machine_line(results),
            "collages-count": str(results["collages"]),
            "collages-sources": sources(results),
        },
    )


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(), read_json(RESULTS)))
