"""The harness of kills plans fairly, sees what is left, and its page shows what it recorded."""

import sqlite3
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from fullconv.files import read_json

ROOT = Path(__file__).resolve().parents[2]
STAGES = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
SECONDS = {f"{name}@plain" if "matrix" in stage else name: 5.0 for name, stage in STAGES.items()}


def test_every_stage_is_killed_in_every_way_at_a_moment_of_its_own_time(harness: ModuleType) -> None:
    plan = harness.planned(SECONDS, 27, seed=0)
    pairs = Counter((kill.stage.partition("@")[0], kill.way) for kill in plan)
    assert pairs == {(stage, way): 1 for stage in STAGES for way in ("stage", "dvc", "both")}
    assert all(0 <= kill.second <= 5 for kill in plan)
    assert len({kill.second for kill in plan}) > 20
    assert harness.planned(SECONDS, 27, seed=0) == plan != harness.planned(SECONDS, 27, seed=1)


def test_half_outputs_and_checkpoints_are_seen(harness: ModuleType, tmp_path: Path) -> None:
    for name in ("models/plain/.partial-a/b", "checkpoints/plain/training.npz", "checkpoints/plain/training.lock"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / "reports" / ".partial-empty").mkdir(parents=True)
    assert harness.leftovers(tmp_path) == [
        "checkpoints/plain/training.npz",
        "models/plain/.partial-a",
        "reports/.partial-empty",
    ]


def test_the_dashboards_rows_are_those_not_deleted(harness: ModuleType, tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "mlflow.db") as database:
        database.execute("CREATE TABLE runs (name TEXT, status TEXT, lifecycle_stage TEXT)")
        rows = [("plain", "FINISHED", "active"), ("plain", "RUNNING", "active"), ("plain", "RUNNING", "deleted")]
        database.executemany("INSERT INTO runs VALUES (?, ?, ?)", rows)
    assert harness.rows(tmp_path) == {"plain": ["FINISHED", "RUNNING"]}


def test_a_forgotten_stage_is_the_only_one_that_has_another_input(harness: ModuleType, tmp_path: Path) -> None:
    text = (ROOT / "dvc.lock").read_text()
    (tmp_path / "dvc.lock").write_text(text)
    (tmp_path / "mlflow.db").write_text("")
    harness.forget(harness.Workplace(tmp_path, {}), "convert@plain")
    before, after = (yaml.safe_load(one)["stages"] for one in (text, (tmp_path / "dvc.lock").read_text()))
    assert {name for name in before if before[name] != after[name]} == {"convert@plain"}
    assert isinstance(after["convert@plain"]["deps"][0]["md5"], str)
    assert (tmp_path / "mlflow.db").exists()
    harness.forget(harness.Workplace(tmp_path, {}), "train@plain")
    after = yaml.safe_load((tmp_path / "dvc.lock").read_text())["stages"]
    assert {name for name in before if before[name] != after[name]} == {"convert@plain", "train@plain", "publish"}
    assert not (tmp_path / "mlflow.db").exists()


@pytest.mark.parametrize(
    ("key", "value"),
    [("same_lock", False), ("up_to_date", False), ("rows", False), ("left", ["a"]), ("orphan", True)],
)
def test_any_harm_fails(key: str, value: Any, harness: ModuleType) -> None:
    well = {"same_lock": True, "up_to_date": True, "rows": True, "left": [], "orphan": False}
    assert harness.passed(well)
    assert not harness.passed({**well, key: value})


def test_the_page_shows_what_was_recorded(benchmark_module: Callable[[str], ModuleType]) -> None:
    page = benchmark_module("pages.kills")
    text, results = page.PAGE.read_text(), read_json(page.RESULTS)
    assert page.filled(text, results) == text
    assert {one["stage"].partition("@")[0] for one in results["kills"]} == set(STAGES)
    assert len(results["kills"]) >= 20
    assert all(one["same_lock"] and one["up_to_date"] and not page.harm(one) for one in results["kills"])
