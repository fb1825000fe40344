"""What workers of Dask were measured at, as a paragraph on `docs/use/large-images.md`.

    python -m benchmarks.pages.large_cluster

fills the page in from the recorded figures.
"""

import statistics
import textwrap
from pathlib import Path
from typing import Any

from benchmarks.pages.tables import written
from fullconv.files import read_json

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "large_cluster.json"
PAGE = ROOT / "docs" / "use" / "large-images.md"


def words(results: dict[str, Any]) -> str:
    """Return what is said of the scheduler, of many slides and of two workers."""
    loads, reckoned, speed = results["scheduler"], results["reckoned"], results["speed"]
    handed = [one["scheduler_ms_a_tile"] for one in loads]
    longest = max(loads, key=lambda one: one["tiles"])
    first, last = longest["scheduler_megabytes"][0], longest["scheduler_megabytes"][-1]
    busy = [one["local:2"]["load"] for one in speed["rounds"]]
    equal = "all bytes equal" if speed["equal"] and results["kill"]["equal"] else "NOT all bytes equal"
    carries, fill = (
        _round(reckoned[key]) for key in ("scheduler_tiles_a_second", "workers_at_which_the_scheduler_is_busy")
    )
    said = (
        f"With {longest['workers']} workers that sleep a real scheduler took {min(handed):.1f} to {max(handed):.1f} ms "
        f"of a core for a tile, with {max(one['in_flight'] for one in loads)} tasks in flight at the most; over "
        f"{longest['tiles']:,} tiles its memory went from {first} to {last} MB. So it carries about {carries} tiles a "
        f"second: {fill} workers whose tiles take {reckoned['core_seconds_a_tile']:.1f} s. A slide of 100,000² has "
        f"{reckoned['tiles_a_slide']:,} of them: {reckoned['slides']:,} slides take {reckoned['cores']:,} cores about "
        f"{reckoned['hours']:.0f} hours. Two workers on the two cores of this machine searched tiles "
        f"{speed['tiles_two_workers_over_one']:.2f} times as fast as one worker on one core, and that one "
        f"{speed['tiles_one_worker_over_none_one_core']:.2f} times as fast as one core without Dask (medians of "
        f"{len(speed['rounds'])} rounds, load {statistics.median(busy):.1f}); {equal}, also where a worker was killed."
    )
    return textwrap.fill(said, 135)


def _round(number: float) -> str:
    """Return a number with two digits that count."""
    return f"{float(f'{number:.2g}'):,.0f}"


def filled(page: str, results: dict[str, Any]) -> str:
    """Return the page with its figures filled in."""
    return written(page, {"large-cluster": f"\n{words(results)}\n"})


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(), read_json(RESULTS)))
