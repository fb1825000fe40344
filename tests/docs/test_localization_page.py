"""The localization page shows what the benchmark of baselines measured."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "understand" / "localization.md").read_text()
RESULTS = json.loads((ROOT / "benchmarks" / "results" / "baselines.json").read_text())


@pytest.fixture(scope="module")
def page(benchmark_module: Callable[[str], ModuleType]) -> ModuleType:
    return benchmark_module("pages.localization")


def shown(name: str) -> str:
    return re.search(rf"<!-- {name} -->(.*?)<!-- end -->", PAGE, re.DOTALL)[1].strip()


def test_the_table_is_what_was_measured(page: ModuleType) -> None:
    assert shown("baselines") == page.markdown(page.COLUMNS, page.baseline_rows(RESULTS))
    assert shown("baselines-set") == page.set_line(RESULTS)
    assert shown("baselines-machine") == page.machine_line(RESULTS)


def test_filling_the_page_again_changes_nothing(page: ModuleType) -> None:
    assert page.filled(PAGE, RESULTS) == PAGE


def test_every_way_that_was_measured_is_in_the_table(page: ModuleType) -> None:
    measured = [(network, name) for network, ways in RESULTS["networks"].items() for name in ways]
    assert {name for _, name in measured} == set(page.WAYS)
    assert len(page.baseline_rows(RESULTS)) == len(measured)


def test_another_classifier_than_the_pipelines_is_named(page: ModuleType) -> None:
    assert "`located` is a trial" in page.set_line({"images": 2, "set": "test", "given": ["located"]})
    assert "trial" not in page.set_line({"images": 2, "set": "test", "given": []})
