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
    """Return what is said of the scheduler, of many slides and of two workers, a paragraph each."""
    loads, reckoned, speed = results["scheduler"], results["reckoned"], results["speed"]
    (usual,) = (one for one in loads if not one["settings"])
    lean = [one for one in loads if one["settings"]]
    longest = max(lean, key=lambda one: one["tiles"])
    carries, fill = (
        _round(reckoned[key]) for key in ("scheduler_tiles_a_second", "workers_at_which_the_scheduler_is_busy")
    )
    busy = ", ".join(
        f"{one['ideal'] / one['wall']:.0%} ({one['sleep']:g} s)" for one in sorted(lean, key=lambda one: -one["sleep"])
    )
    carried = (
        f"A real scheduler handed {longest['tiles']:,} tiles to {longest['workers']} workers that sleep, with "
        f"{longest['in_flight']} tasks in flight at the most, for {longest['scheduler_ms_a_tile']:.2f} ms of a core a "
        f"tile. Its memory: {_held(longest)}. By Dask's own settings: {_held(usual)}. By the seconds that a tile "
        f"sleeps workers were busy for {busy} of the time: they took {longest['workers_ms_a_tile']:.1f} ms a tile "
        f"themselves, of the same two cores (load {longest['load']:.0f}). A scheduler on a core of its own stops "
        f"scaling where {carries} tiles come back in a second: {fill} workers whose tiles take "
        f"{reckoned['core_seconds_a_tile']:.1f} s, a quarter of them by tiles of a quarter of the area."
    )
    load = statistics.median(one["local:2"]["load"] for one in speed["rounds"])
    equal = "all bytes equal" if speed["equal"] and results["kill"]["equal"] else "NOT all bytes equal"
    searched = (
        f"A slide of 100,000² has {reckoned['tiles_a_slide']:,} tiles: {reckoned['slides']:,} slides take "
        f"{reckoned['cores']:,} cores about {reckoned['hours']:.0f} hours. Two workers on the two cores of this "
        f"machine searched tiles {speed['tiles_two_workers_over_one']:.2f} times as fast as one worker on one core, "
        f"and that one {speed['tiles_one_worker_over_none_one_core']:.2f} times as fast as one core without Dask "
        f"(medians of {len(speed['rounds'])} rounds, load {load:.1f}); {equal}, also where a worker was killed."
    )
    return "\n\n".join(textwrap.fill(said, 135) for said in (carried, searched))


def _held(load: dict[str, Any]) -> str:
    """Return a scheduler's megabytes after some numbers of tiles."""
    shown = (0, 10_000, 20_000, 40_000, 200_000, load["tiles"])
    held = {one["tiles"]: one["megabytes"] for one in load["scheduler_megabytes"] if one["tiles"] in shown}
    first, *rest = held.items()
    return ", ".join([f"{first[1]} MB at first", *(f"{megabytes} after {tiles:,}" for tiles, megabytes in rest)])


def _round(number: float) -> str:
    """Return a number with two digits that count."""
    return f"{float(f'{number:.2g}'):,.0f}"


def filled(page: str, results: dict[str, Any]) -> str:
    """Return the page with its figures filled in."""
    return written(page, {"large-cluster": f"\n{words(results)}\n"})


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(), read_json(RESULTS)))
