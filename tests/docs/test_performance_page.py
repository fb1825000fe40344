"""The performance page shows what was measured, and the goals are named where they were missed."""

import json
import re
import statistics
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "understand" / "performance.md").read_text()
RESULTS = json.loads((ROOT / "benchmarks" / "results" / "dense.json").read_text())


@pytest.fixture(scope="module")
def page(benchmark_module: Callable[[str], ModuleType]) -> ModuleType:
    return benchmark_module("pages.dense")


def shown(name: str) -> str:
    return re.search(rf"<!-- {name} -->(.*?)<!-- end -->", PAGE, re.DOTALL)[1].strip()


def test_the_tables_are_what_was_measured(page: ModuleType) -> None:
    assert shown("dense") == page.markdown(page.COLUMNS, page.dense_rows(RESULTS))
    assert shown("limits") == page.markdown(("what", "measured"), page.limit_rows(RESULTS))
    assert shown("machine") == page.machine_line(RESULTS)


def test_every_way_gave_the_same_map() -> None:
    for found in RESULTS["cases"].values():
        assert all(figures["difference"] <= RESULTS["goals"]["difference"] for figures in found["sides"].values())


def test_the_default_reaches_the_goals_on_the_small_network() -> None:
    for case in ("lenet-200", "lenet-1000"):
        default = RESULTS["cases"][case]["sides"]["default"]
        assert default["windows"] >= RESULTS["goals"]["windows"]
        assert default["stitch"] >= RESULTS["goals"]["stitch"]
    assert RESULTS["limited"]["1000"]["bytes"] <= 0.5 * 2**30
    assert RESULTS["limited"]["4000"]["bytes"] <= 2 * 2**30


def test_the_converting_page_tells_what_keras_applications_came_to() -> None:
    found = json.loads((ROOT / "benchmarks" / "results" / "applications.json").read_text())
    worst = max(found, key=lambda name: found[name]["max_difference"])
    good = [name for name, row in found.items() if row["max_difference"] <= 1e-4 and row["best_classes"] > 1]
    page = (ROOT / "docs" / "use" / "converting.md").read_text()
    largest = found[worst]["max_difference"]
    text = f"{len(good)} of {len(found)}, largest difference at training size {largest:.1e} ({worst})"
    assert re.search(r"<!-- applications -->(.*?)<!-- end -->", page)[1] == text


def test_single_convolutions_are_as_measured_and_a_bank_is_quickest_here(
    benchmark_module: Callable[[str], ModuleType],
) -> None:
    page = benchmark_module("pages.convolution")
    results = json.loads(page.RESULTS.read_text())
    assert page.filled(PAGE, results) == PAGE
    small = next(row for row in page.rows(results) if row[0] == "64², 3²")
    assert small[page.COLUMNS.index("OpenCV")] == f"{results['cases']['64, 3']['OpenCV']['over']:.2g}×"
    sides = results["bank"]["sides"]
    assert all(sides[name]["over"] > 1 for name in sides if name != "fullconv")
    assert all(one["difference"] <= 1e-5 for found in (*results["cases"].values(), sides) for one in found.values())


def test_searches_are_what_was_measured_and_lose_nothing(benchmark_module: Callable[[str], ModuleType]) -> None:
    search = benchmark_module("pages.search")
    results = json.loads(search.RESULTS.read_text())
    assert search.filled(PAGE, results) == PAGE
    for name in results["seeds"][0]:
        whole, coarse = (statistics.mean(seed[name][way]["AP50"] for seed in results["seeds"]) for way in search.WAYS)
        assert coarse > whole - 0.003, name
