"""The guard of a job: whatever becomes of the job, its run says so, and the sweep goes on."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mlflow.entities import Run
from omegaconf import DictConfig, OmegaConf

from fullconv.config.composition import composed
from fullconv.config.layout import conf_folder
from fullconv.files import write_json
from fullconv.sweeps import guard
from fullconv.sweeps.child import Ended
from fullconv.sweeps.guard import Place, guarded
from fullconv.sweeps.job_run import tracking_of
from fullconv.sweeps.outcomes import Outcome, Sweep, read_outcomes
from fullconv.sweeps.sweep_run import close_parent, open_parent
from fullconv.track.store.opening import Store, open_store

FINISHED = Ended("finished", 0.75, None, "")
FAILED = Ended("failed", None, "ValueError: no", "Traceback …\nValueError: no\n")


class Bench:
    """Jobs of one sweep whose processes are played."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, tracked: bool) -> None:
        self.folder, self.tracked = folder, tracked
        self.started: list[dict[str, Any]] = []
        self.environment: Mapping[str, str] = {}
        self.plays: Callable[[Path], Ended] = lambda job: FINISHED
        patch.setattr(guard, "run_child", self.child)
        self.store = open_store(tracking_of(self.composition())) if tracked else None
        self.work = open_parent(self.store, "identity", "epochs", "epochs", False) if self.store else None
        self.parent = None if self.work is None else self.work.run_id
        Sweep("identity", "epochs", self.parent, ["train.epochs"], 1.0).write(folder / "sweep")

    def child(self, ticket: dict[str, Any], folder: Path, environment: Mapping[str, str], prefix: str) -> Ended:
        self.started.append(ticket)
        self.environment = environment
        ended = self.plays(folder)
        store: Store | None = self.store
        if ended.objective is not None and store is not None:
            store.client.log_metric(ticket["run_id"], "objective", ended.objective)
        return ended

    def composition(self, *overrides: str) -> DictConfig:
        tracking = f"tracking.uri=sqlite:///{self.folder}/mlflow.db" if self.tracked else "tracking=none"
        given = ("data=digits", tracking, f"tracking.artifacts={self.folder}/artifacts", *overrides)
        made = OmegaConf.create(composed(conf_folder(), [*given, f"job.sweep={self.folder}/sweep"]))
        assert isinstance(made, DictConfig)
        return made

    def run(self, *overrides: str, n_jobs: int = 1) -> Outcome:
        place = Place(len(self.started), list(overrides), {"n_jobs": n_jobs}, self.folder / "multirun")
        return guarded(self.composition(*overrides), place)

    def runs(self) -> list[Run]:
        assert self.store is not None
        return self.store.runs({"mlflow.parentRunId": self.parent})


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tables: Callable[[Path], None]) -> Bench:
    monkeypatch.chdir(tmp_path)
    tables(tmp_path)
    return Bench(tmp_path, monkeypatch, tracked=True)


def test_a_finished_job_is_a_run_below_its_sweep(bench: Bench) -> None:
    outcome = bench.run("train.epochs=2", "seed=3")
    assert (outcome.state, outcome.objective, outcome.label) == ("finished", 0.75, "epochs=2")
    (run,) = bench.runs()
    assert (run.info.status, run.info.run_name, run.info.run_id) == ("FINISHED", "epochs=2", outcome.run_id)
    assert run.data.params["train.epochs"] == "2"
    assert (run.data.tags["sweep"], run.data.tags["stage"]) == ("epochs", "job")
    note = run.data.tags["mlflow.note.content"]
    assert "python pipelines/experiment.py train.epochs=2 seed=3\n" in note
    assert "`certificate/max_difference`" in note
    assert not list((bench.folder / "multirun" / "jobs").glob("*/"))


def test_a_job_that_is_finished_is_not_run_again_unless_it_is_asked_for(bench: Bench) -> None:
    first = bench.run("train.epochs=2")
    again = bench.run("train.epochs=2")
    assert (again.state, again.objective, again.run_id) == ("was finished", 0.75, first.run_id)
    assert len(bench.started) == len(bench.runs()) == 1
    bench.run("train.epochs=3")
    bench.run("train.epochs=2", "job.again=true")
    assert len(bench.started) == len(bench.runs()) == 3


def test_a_job_that_failed_shows_its_traceback_and_is_tried_again(bench: Bench) -> None:
    bench.plays = lambda job: FAILED
    outcome = bench.run("train.epochs=2")
    assert (outcome.state, outcome.objective, outcome.error) == ("failed", None, "ValueError: no")
    (run,) = bench.runs()
    assert run.info.status == "FAILED"
    assert run.data.tags["error"] == "ValueError: no"
    assert run.data.tags["mlflow.note.content"].startswith("**Failed:** ValueError: no")
    assert bench.store is not None
    assert bench.store.client.download_artifacts(run.info.run_id, "traceback.txt")
    bench.plays = lambda job: FINISHED
    assert bench.run("train.epochs=2").state == "finished"
    assert [run.info.status for run in bench.runs()] == ["FINISHED"]


def test_values_that_cannot_be_run_are_a_failed_run_too(bench: Bench) -> None:
    for _ in range(2):
        outcome = bench.run("train.learning_rate=-1")
    assert outcome.state == "refused"
    assert "learning_rate: received -1.0" in str(outcome.error)
    assert not bench.started
    assert [run.info.status for run in bench.runs()] == ["FAILED"]


def test_results_that_were_not_logged_are_kept_until_they_are(bench: Bench) -> None:
    def unlogged(job: Path) -> Ended:
        (job / "objective.json").write_text('{"objective": 0.75}')
        return Ended("not logged", 0.75, "MlflowException: away", "Traceback …")

    bench.plays = unlogged
    outcome = bench.run("train.epochs=2")
    assert (outcome.state, outcome.objective, outcome.done) == ("not logged", 0.75, False)
    (kept,) = (bench.folder / "multirun" / "jobs").glob("*/objective.json")
    seen = []
    bench.plays = lambda job: seen.append(json.loads((job / "objective.json").read_text())) or FINISHED  # type: ignore[func-returns-value]
    assert bench.run("train.epochs=2").state == "finished"
    assert seen == [{"objective": 0.75}]
    assert not kept.exists()


def test_a_store_that_goes_away_keeps_the_results(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*arguments: object) -> None:
        raise OSError("away")

    def play(job: Path) -> Ended:
        (job / "objective.json").write_text('{"objective": 0.75}')
        monkeypatch.setattr("mlflow.tracking.MlflowClient.set_terminated", gone)
        return FINISHED

    bench.plays = play
    outcome = bench.run("train.epochs=2")
    assert (outcome.state, outcome.objective) == ("not logged", 0.75)
    assert list((bench.folder / "multirun" / "jobs").glob("*/objective.json"))


def test_an_interruption_is_passed_on_and_written_down(bench: Bench) -> None:
    def interrupted(job: Path) -> Ended:
        raise KeyboardInterrupt

    bench.plays = interrupted
    with pytest.raises(KeyboardInterrupt):
        bench.run("train.epochs=2")
    assert [run.info.status for run in bench.runs()] == ["KILLED"]
    assert [one.state for one in read_outcomes(bench.folder / "sweep")] == ["killed"]


def test_a_pruned_trial_is_no_finished_job(bench: Bench) -> None:
    bench.plays = lambda job: Ended("pruned", None, "pruned after 2 epochs", "")
    outcome = bench.run("train.epochs=2", "job.trial=4")
    assert (outcome.state, outcome.objective, outcome.done) == ("pruned", None, True)
    (run,) = bench.runs()
    assert (run.info.status, run.data.tags["pruned"], run.data.tags["trial"]) == ("FINISHED", "true", "4")
    bench.plays = lambda job: FINISHED
    assert bench.run("train.epochs=2").state == "finished"


def test_threads_are_set_before_the_process_starts(bench: Bench) -> None:
    bench.run("train.epochs=2", "job.threads=3", n_jobs=2)
    assert bench.environment["FULLCONV_THREADS"] == bench.environment["OMP_NUM_THREADS"] == "3"


def test_without_tracking_a_finished_job_is_known_by_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    bench = Bench(tmp_path, monkeypatch, tracked=False)

    def play(job: Path) -> Ended:
        (job / "objective.json").write_text('{"objective": 0.75}')
        return FINISHED

    bench.plays = play
    assert bench.run("train.epochs=2").state == "finished"
    again = bench.run("train.epochs=2")
    assert (again.state, again.objective, len(bench.started)) == ("was finished", 0.75, 1)


def test_a_run_of_what_an_earlier_attempt_computed_has_no_duration(bench: Bench) -> None:
    bench.run("train.epochs=2")
    (run,) = bench.runs()
    assert run.info.end_time >= run.info.start_time
    assert bench.store is not None
    bench.store.client.delete_run(run.info.run_id)
    write_json(Path(bench.started[0]["folder"]) / "objective.json", {"objective": 0.75})
    bench.run("train.epochs=2")
    (run,) = bench.runs()
    assert (run.info.status, run.info.end_time) == ("FINISHED", None)
    assert bench.run("train.epochs=2").state == "was finished"


def test_the_parent_carries_the_best_job_and_a_table(bench: Bench) -> None:
    for epochs, score in ((1, 0.25), (2, 0.5)):
        bench.plays = lambda job, score=score: replace(FINISHED, objective=score)  # type: ignore[misc]
        bench.run(f"train.epochs={epochs}")
    bench.plays = lambda job: FAILED
    bench.run("train.epochs=3")
    assert bench.store is not None
    outcomes = read_outcomes(bench.folder / "sweep")
    assert close_parent(bench.store, bench.work, "FAILED", "validation.AP50", "again", outcomes)
    parent = bench.store.client.get_run(bench.parent)
    assert (parent.info.status, parent.data.metrics["objective"]) == ("FAILED", 0.5)
    assert (parent.data.tags["best"], parent.data.tags["best_run"]) == ("epochs=2", outcomes[1].run_id)
    note = parent.data.tags["mlflow.note.content"]
    assert note.index("epochs=2") < note.index("epochs=1") < note.index("epochs=3")
    table = json.loads(Path(bench.store.client.download_artifacts(bench.parent, "jobs.json")).read_text())
    assert [row[table["columns"].index("overrides")] for row in table["data"]] == ["epochs=2", "epochs=1", "epochs=3"]


def test_an_attempt_that_was_cut_off_is_gone_on_with(bench: Bench) -> None:
    assert bench.store is not None
    cut = bench.store.begin("epochs=2", {"stage": "job", "mlflow.parentRunId": bench.parent}, {})
    again = open_parent(bench.store, "identity", "epochs", "epochs", False)
    assert (again.run_id, again.until) == (bench.parent, None)  # how long the first attempt worked nobody knows
    info = bench.store.client.get_run(cut).info
    assert (info.status, info.end_time) == ("KILLED", None)  # when it died nobody knows
    assert open_parent(bench.store, "identity", "epochs", "epochs", True).run_id != bench.parent
    assert open_parent(bench.store, "another", "epochs", "epochs", False).run_id != bench.parent


def test_a_sweep_without_jobs_leaves_no_run(bench: Bench) -> None:
    assert bench.store is not None
    assert close_parent(bench.store, bench.work, "FAILED", "validation.AP50", "again", [])
    assert not bench.store.runs({"stage": "sweep"})
