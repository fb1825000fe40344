"""The pages show what was measured on photos, and the goals that are said to be reached were."""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
RESULTS = json.loads((ROOT / "benchmarks" / "results" / "pipeline" / "photos.json").read_text())


@pytest.fixture(scope="module")
def page(benchmark_module: Callable[[str], ModuleType]) -> ModuleType:
    return benchmark_module("pages.photos")


def test_the_tables_are_what_was_measured(page: ModuleType) -> None:
    text = page.PHOTOS.read_text()
    assert page.photos_filled(text, RESULTS) == text
    assert all(name in text for name in RESULTS["ways"])
    speed = page.PERFORMANCE.read_text()
    assert page.performance_filled(speed, json.loads(page.BENCHMARK.read_text())) == speed


def test_the_dog_the_bird_and_every_known_tile_of_3x3_are_pointed_at() -> None:
    assert RESULTS["each"]["dog"]["pointing"] == RESULTS["each"]["bird"]["pointing"] == 1
    assert RESULTS["collages"]["3x3"]["pointing"] == 1
