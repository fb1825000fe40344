"""The page of sweeps shows what was measured, every ready sweep, and knobs that there are."""

import re
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from types import ModuleType

import pytest
import yaml

from fullconv.config.running import JobConfig
from fullconv.files import read_json
from fullconv.sweeps import outcomes

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "use" / "sweeps.md").read_text()


@pytest.fixture(scope="module")
def page(benchmark_module: Callable[[str], ModuleType]) -> ModuleType:
    return benchmark_module("pages.sweeps")


def test_filling_the_page_again_changes_nothing(page: ModuleType) -> None:
    assert page.filled(PAGE, read_json(page.RESULTS)) == PAGE
    assert "side by side, " in PAGE


def test_every_ready_sweep_is_named() -> None:
    files = {path.stem for path in (ROOT / "conf" / "sweep").glob("*.yaml")}
    assert set(re.findall(r"^\| `sweep=(\w+)`", PAGE, re.MULTILINE)) == files


@pytest.mark.parametrize("file", sorted((ROOT / "conf" / "sweep").glob("*.yaml")), ids=lambda file: file.stem)
def test_a_ready_sweep_varies_something_and_says_how_many_jobs_that_makes(file: Path) -> None:
    text = file.read_text()
    values = [str(one).split(",") for one in yaml.safe_load(text)["hydra"]["sweeper"]["params"].values()]
    jobs = 1
    for one in values:
        jobs *= len(one)
    assert jobs > 1
    assert f" {jobs} jobs" in text
    assert f"fullconv experiment -m sweep={file.stem}\n" in text


def test_the_knobs_named_are_there() -> None:
    assert set(re.findall(r"`job\.(\w+)", PAGE)) <= {one.name for one in fields(JobConfig)}


def test_every_state_that_needs_explaining_is_there() -> None:
    for state in (outcomes.FAILED, outcomes.REFUSED, outcomes.UNLOGGED, outcomes.KILLED, outcomes.PRUNED):
        assert f"| `{state}` |" in PAGE
    assert f"`{outcomes.THERE}`" in PAGE
