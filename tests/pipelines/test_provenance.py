"""From a run to its state and from a state to its runs, through a real pipeline, its cache and its dashboard."""

import json
import logging
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from fullconv.errors import InputError

pytestmark = [pytest.mark.smoke, pytest.mark.xdist_group("pipeline")]


def run_of(project: Any, name: str) -> str:
    (run,) = (run for run in project.runs(stage="published") if run.info.run_name == name)
    return str(run.info.run_id)


def test_a_state_finds_its_runs_and_so_does_its_name(project: Any, capsys: pytest.CaptureFixture[str]) -> None:
    for given in ((), ("rev=first",)):
        project.here("runs", *given)
        said = capsys.readouterr().out
        for name in project.names:
            assert run_of(project, name) in said, (name, given)


def test_a_run_leads_back_to_code_parameters_and_data(project: Any, tmp_path: Path) -> None:
    before = status(project), (project.root / "dvc.lock").read_bytes()
    out = tmp_path / "state"
    said = project.run("pipelines/restore.py", f"run={run_of(project, 'located')}", f"out={out}")
    assert f"cd {out} && dvc repro" in said
    assert (status(project), (project.root / "dvc.lock").read_bytes()) == before
    for path in (
        "models/located/classifier.keras", "reports/augmented/evaluate.json", "params.yaml", "results/summary.json"
    ):  # fmt: skip
        assert (out / path).read_bytes() == (project.root / path).read_bytes(), path
    # Nothing is left to do there but to publish: the lock is of the moment before.
    planned = type(project)(out).run("dvc", "repro", "--dry")
    assert {line.split("'")[1] for line in planned.splitlines() if line.startswith("Running stage")} <= {"publish"}


def status(project: Any) -> str:
    command = ["git", "status", "--porcelain"]
    return subprocess.run(command, cwd=project.root, capture_output=True, text=True, check=True).stdout


@pytest.mark.slow
def test_what_the_cache_has_lost_is_named(project: Any, tmp_path: Path) -> None:
    lock = yaml.safe_load((project.root / "dvc.lock").read_text())
    outs = {one["path"]: one["md5"] for one in lock["stages"]["train@augmented"]["outs"]}
    digest = outs["models/augmented/classifier.keras"]
    kept = project.root / ".dvc" / "cache" / "files" / "md5" / digest[:2] / digest[2:]
    given = (f"run={run_of(project, 'augmented')}", f"out={tmp_path}/state")
    shutil.move(kept, tmp_path / "kept")
    try:
        said = project.run("pipelines/restore.py", *given, fails=True)
    finally:
        shutil.move(tmp_path / "kept", kept)
    assert "lacks models/augmented/classifier.keras" in said
    assert "dvc fetch" in said
    assert (tmp_path / "state" / "models" / "located" / "classifier.keras").is_file()
    assert "is there already" in project.run("pipelines/restore.py", *given, fails=True)


@pytest.mark.parametrize(
    ("stage", "given", "said"),
    [
        ("restore", "out=there", "run: not given"),
        ("promote", "run=nobody", "no run 'nobody'"),
        ("runs", "tracking.uri=sqlite:///none.db", "no store at"),
    ],
)
def test_each_refuses_and_says_why(project: Any, stage: str, given: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        project.here(stage, given)
    assert not (project.root / "none.db").exists()


def test_the_champion_locates_as_its_classifier_does_without_the_project(
    project: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "fullconv"):
        project.here("promote", "registry.name=tried")
        assert "(located), registered" in caplog.text
        project.here("promote", f"run={run_of(project, 'augmented')}", "registry.name=tried")
        assert "tried@champion is now tried/2" in caplog.text
    image = next((project.root / "data" / "mosaics" / "seed_200" / "images").glob("*.png"))
    shutil.copyfile(image, tmp_path / "picture.png")
    alone = type(project)(tmp_path)
    alone.run(
        str(project.root / "pipelines" / "locate.py"), "model=registry:tried@champion", "image=picture.png",
        "out=found", f"tracking.uri=sqlite:///{project.root}/mlflow.db",
    )  # fmt: skip
    found = json.loads((tmp_path / "found" / "detections.json").read_text())
    assert found == json.loads((project.root / "reports" / "augmented" / "detections" / "seed_200.json").read_text())
    assert found
