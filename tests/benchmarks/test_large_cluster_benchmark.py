"""The benchmark of workers: its arithmetic against a case worked out by hand, and what the page says of it."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from benchmarks.pages import large_cluster

Module = Callable[[str], ModuleType]

SPEED: dict[str, Any] = {
    "rounds": [{"local:1, one core": {"a_tile": 2.0}, "none": {"after": 7.0}, "local:2": {"load": 1.0}}],
    "tiles_two_workers_over_one": 1.9,
    "tiles_one_worker_over_none_one_core": 0.9,
    "equal": True,
}


def load(tiles: int, milliseconds: float, settings: dict[str, Any], megabytes: int) -> dict[str, Any]:
    held = [{"tiles": 0, "megabytes": 100}, {"tiles": 777, "megabytes": 1}, {"tiles": tiles, "megabytes": megabytes}]
    return {
        "tiles": tiles, "workers": 200, "sleep": 0.5, "settings": settings, "scheduler_ms_a_tile": milliseconds,
        "workers_ms_a_tile": 1.5, "in_flight": 600, "ideal": 1.0, "wall": 2.0, "load": 3.0,
        "scheduler_megabytes": held,
    }  # fmt: skip


LOADS = [load(40_000, 0.7, {}, 300), load(10_000, 0.9, {"a": 1}, 120), load(1_000_000, 0.5, {"a": 1}, 130)]


def test_many_slides_are_reckoned_from_a_tile(benchmark_module: Module) -> None:
    reckoned = benchmark_module("large_cluster.__main__").reckoned(1024, SPEED, LOADS)
    # Of 64 machines of 16 cores each core searches one tile of each of 10,000 slides, in 2 s.
    assert reckoned["hours"] == pytest.approx(10_000 * 2 / 3600)
    # Where a scheduler has most to do, a tile costs it half a millisecond: 2,000 a second, of 2 s each.
    assert reckoned["scheduler_tiles_a_second"] == pytest.approx(2000)
    assert reckoned["workers_at_which_the_scheduler_is_busy"] == pytest.approx(4000)


def test_the_page_tells_memory_with_both_settings(benchmark_module: Module) -> None:
    reckoned = benchmark_module("large_cluster.__main__").reckoned(1024, SPEED, LOADS)
    said = " ".join(
        large_cluster.words(
            {"scheduler": LOADS, "reckoned": reckoned, "speed": SPEED, "kill": {"equal": False}}
        ).split()
    )
    assert (
        "Its memory: 100 MB at first, 130 after 1,000,000. By Dask's own settings: 100 MB at first, 300 after" in said
    )
    assert "50% (0.5 s)" in said
    assert "2,000 tiles come back in a second: 4,000 workers" in said
    assert "NOT all bytes equal" in said
