"""The page of architectures shows what was measured, what the networks cost, and every model there is."""

import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from fullconv.files import read_json

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "understand" / "architectures.md").read_text()
BLOCKS = ("inception", "residual", "dense_blocks")


@pytest.fixture(scope="module")
def page(benchmark_module: Callable[[str], ModuleType]) -> ModuleType:
    return benchmark_module("pages.architectures")


def test_filling_the_page_again_changes_nothing(page: ModuleType) -> None:
    assert page.filled(PAGE, read_json(page.RESULTS), read_json(page.SUMMARY)) == PAGE


def test_every_model_is_named() -> None:
    files = {path.stem for path in (ROOT / "conf" / "model").glob("*.yaml")}
    named = {name for row in re.findall(r"^\| (`.+`) \| ", PAGE, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)}
    assert files <= named


def test_blocks_convert_exactly_with_the_window_and_stride_that_the_page_names(page: ModuleType) -> None:
    networks = read_json(page.RESULTS)["networks"]
    assert set(networks) == {*BLOCKS, "valid_deep"}
    for name in BLOCKS:
        assert networks[name]["exact"]
        assert (networks[name]["window"], networks[name]["stride"]) == ([28, 28], [2, 2])


def test_the_knobs_named_are_those_of_the_configuration() -> None:
    knobs = yaml.safe_load((ROOT / "params.yaml").read_text())["inspect"]
    assert set(re.findall(r"`inspect\.(\w+)`", PAGE)) <= set(knobs)
    assert (knobs["queries"], knobs["neighbours"], knobs["layer"]) == (10, 4, None)
