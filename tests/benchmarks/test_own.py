"""The benchmark of a person's own objects: the commands that it types, what it writes, and the table on the page."""

import argparse
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

Module = Callable[[str], ModuleType]


@pytest.fixture
def material(benchmark_module: Module, tmp_path: Path) -> Any:
    sets = benchmark_module("own.sets")
    pixels = np.zeros((20, 20, 3), np.uint8)
    picture = sets.Picture("one", pixels, (("a", (2.0, 2.0, 8.0, 8.0)), ("b", (10.0, 10.0, 8.0, 8.0))))
    sets.write_set(tmp_path / "things", ("a", "b"), [picture], {"test": [picture], "val": [picture]})
    return benchmark_module("own.material").Material(tmp_path / "things")


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The commands, in whose place a finder is written that finds one of two objects."""
    commands: list[list[str]] = []

    def run(words: list[str], check: bool) -> None:
        assert check
        commands.append(words[3:])
        told = dict(word.split("=", 1) for word in words[4:])
        out = Path(told["out"])
        out.mkdir(parents=True, exist_ok=True)
        if words[3] == "train":
            (out / "finder.json").write_text(json.dumps({"thresholds": {"a": 0.5, "b": 0.25}}))
        else:
            found = [{"image_id": 1, "category_id": 1, "bbox": [2, 2, 8, 8], "score": 0.9}]
            (out / "detections.json").write_text(json.dumps(found))

    monkeypatch.setattr(subprocess, "run", run)
    return commands


def test_ours_is_what_a_person_types(
    benchmark_module: Module, material: Any, typed: list[list[str]], tmp_path: Path
) -> None:
    told = benchmark_module("own.__main__").ours(material, tmp_path / "work", 2)
    things, finder = material.folder, tmp_path / "work" / "things-2"
    train, test, val = typed
    assert train == ["train", "tracking=none", "data=folder", f"data.path={things / 'crops'}",
                     f"data.scenes={things / 'scenes_train'}", "seed=2", f"out={finder}"]  # fmt: skip
    for words, split in ((test, "test"), (val, "val")):
        folder = things / split
        told_of = [f"dataset.images={folder / 'images'}", f"dataset.annotations={folder / 'instances.json'}"]
        assert words == ["evaluate", "tracking=none", f"classifier={finder}", *told_of, f"out={finder.parent / split}"]
    assert (told["AP50"], told["F1_center"]) == (pytest.approx(0.5), pytest.approx(2 / 3))
    assert told["count_error"] == {"a": 0, "b": 1}
    assert told["unaided"]["count_error"] == {"a": 0, "b": 1}


def test_results_of_other_sets_and_sides_are_kept(
    benchmark_module: Module, material: Any, typed: list[list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = benchmark_module("own.__main__")
    file = tmp_path / "own.json"
    file.write_text(json.dumps({"sets": {"old": {"sides": {"finder": 1}}, "things": {"sides": {"sliding": 2}}}}))
    monkeypatch.setattr(own, "RESULTS", file)
    (material.folder / "source.txt").write_text("somebody (MIT)\n")
    chosen = argparse.Namespace(set=[material.folder], only=["things"], sides=["finder"], seeds=2)
    own.measure(chosen, tmp_path / "work")
    sets = json.loads(file.read_text())["sets"]
    assert sets["old"] == {"sides": {"finder": 1}}
    assert sets["things"]["sides"]["sliding"] == 2
    assert len(sets["things"]["sides"]["finder"]["runs"]) == 2
    assert sets["things"]["source"] == "somebody (MIT)"
    facts = {key: sets["things"][key] for key in ("classes", "crops", "pictures", "objects", "side")}
    assert facts == {"classes": 2, "crops": 2, "pictures": 1, "objects": 2, "side": [8, 8, 8]}


def test_sets_that_are_not_asked_for_are_not_made(benchmark_module: Module, material: Any, tmp_path: Path) -> None:
    own = benchmark_module("own.__main__")
    chosen = argparse.Namespace(set=[material.folder], only=["things"])
    assert [one.folder for one in own.materials(chosen, tmp_path / "work")] == [material.folder]
    assert not (tmp_path / "work").exists()


def run(ap50: float, worst: float) -> dict[str, Any]:
    return {"AP50": ap50, "F1_center": 0.5, "count_error": {"a": 0.0, "b": worst}, "count_error_mean": worst / 2,
            "seconds_training": 60.4, "seconds_picture": 0.256}  # fmt: skip


def test_the_table_has_each_sides_mean_and_span(benchmark_module: Module) -> None:
    page = benchmark_module("pages.own")
    facts = {"cores": 2, "processor": "P", "python": "3", "tensorflow": "2", "keras": "3"}
    sides = {
        "templates": {"runs": [run(0.1, 1.0)], "machine": facts},
        "finder": {"runs": [run(0.7, 0.1) | {"unaided": run(0.7, 0.6)}, run(0.8, 0.3)], "machine": facts},
    }
    things = {"sides": sides, "source": "a/b (MIT)", "crops": 1200, "classes": 2, "side": [9, 12, 20]}
    results = {"sets": {"things": things, "more": things | {"source": None, "sides": {}}}}
    marks = "<!-- own --><!-- end --><!-- own-sources --><!-- end -->"
    told = page.filled(f"x {marks} by <!-- own-machine --><!-- end -->.", results)
    assert "`things` from a/b (MIT)<!-- end -->" in told
    lines = told.splitlines()
    assert lines[3] == (
        "| things | 1,200, 2 | 12 (9–20) | `fullconv train data=folder` | 0.750 (0.700–0.800) | 0.500 (0.500–0.500) "
        "| 10%, worst class 20% | 60 | 0.26 |"
    )
    assert lines[4] == ("|  |  |  | the same, thresholds its own | 0.700 | 0.500 | 30%, worst class 60% | 60 | 0.26 |")
    assert lines[5] == "|  |  |  | template matching | 0.100 | 0.500 | 50%, worst class 100% | 60 | 0.26 |"
    assert told.endswith("<!-- own-machine -->2 cores of an P, Python 3, TensorFlow 2, Keras 3<!-- end -->.")
