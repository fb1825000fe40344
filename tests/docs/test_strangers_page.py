"""The page on strangers' classifiers says what was measured."""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "use" / "strangers.md").read_text()


def test_collages_are_what_was_measured_and_reach_the_goal(benchmark_module: Callable[[str], ModuleType]) -> None:
    page = benchmark_module("pages.collages")
    results = json.loads(page.RESULTS.read_text())
    assert page.filled(PAGE, results) == PAGE
    found = {name: page.means(one["auto"]) for name, one in results["networks"].items()}
    assert any(one["aside"] for one in results["networks"].values())
    for name, metrics in found.items():
        assert metrics["pointing"] >= 0.98, name
        assert metrics["AP50"] >= 0.8, name
