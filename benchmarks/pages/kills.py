"""What the kills came to as a table on `docs/use/failures.md`.

    python -m benchmarks.pages.kills

fills the page in from what `tools/kills.py` recorded.
"""

from pathlib import Path
from typing import Any

from benchmarks.pages.tables import markdown, written
from fullconv.files import read_json

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "kills.json"
PAGE = ROOT / "docs" / "use" / "failures.md"
WAYS = {"stage": "the stage", "dvc": "DVC", "both": "both"}
COLUMNS = ("stage", "takes, s", "killed", *(f"{way} at, s" for way in WAYS.values()), "same dvc.lock", "left behind")


def harm(one: dict[str, Any]) -> list[str]:
    """Return what a kill left that should not be there."""
    rows = [] if one["rows"] else ["rows of the dashboard"]
    return [*one["left"], *(["a process"] if one["orphan"] else []), *rows]


def kill_rows(results: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return one row of words for each stage, in the order in which DVC runs them."""
    rows = []
    for stage in dict.fromkeys(name.partition("@")[0] for name in results["seconds"]):
        took = [value for name, value in results["seconds"].items() if name.partition("@")[0] == stage]
        kills = [one for one in results["kills"] if one["stage"].partition("@")[0] == stage]
        moments = (", ".join(f"{one['second']:.1f}" for one in kills if one["way"] == way) for way in WAYS)
        same = sum(one["same_lock"] and one["up_to_date"] for one in kills)
        left = sorted({name for one in kills for name in harm(one)})
        times = f"{min(took):.0f}" if len(took) == 1 else f"{min(took):.0f} to {max(took):.0f}"
        rows.append(
            (f"`{stage}`", times, str(len(kills)), *moments, f"{same} of {len(kills)}", ", ".join(left) or "nothing")
        )
    return rows


def filled(page: str, results: dict[str, Any]) -> str:
    """Return a page with its marked parts filled in."""
    kills = results["kills"]
    resumed = sum(one["goes_on"] is not None for one in kills)
    return written(
        page,
        {
            "kills": f"\n{markdown(COLUMNS, kill_rows(results))}\n",
            "kills-count": str(len(kills)),
            "kills-same": str(sum(one["same_lock"] for one in kills)),
            "kills-resumed": str(resumed),
        },
    )


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(), read_json(RESULTS)))
