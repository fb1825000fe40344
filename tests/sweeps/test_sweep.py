"""A sweep is opened once, known again by what it computes, and closed whatever ends it."""

import signal
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig

from fullconv.config.layout import conf_folder
from fullconv.sweeps import sweep as module
from fullconv.sweeps.outcomes import Outcome, best, best_first, ended, read_sweep, write_outcome
from fullconv.sweeps.sweep import SweepCallback, close_sweep, sweep_closed, varying_keys
from fullconv.sweeps.sweep_table import jobs_table, sweep_note


@pytest.fixture(autouse=True)
def nothing_open() -> Iterator[None]:
    handler = signal.getsignal(signal.SIGTERM)
    yield
    close_sweep()
    signal.signal(signal.SIGTERM, handler)


def composition(folder: Path, *overrides: str) -> DictConfig:
    """Return the composition of a sweep; a sweep changes its own."""
    return deepcopy(composed(folder, *overrides))


@cache
def composed(folder: Path, *overrides: str) -> DictConfig:
    given = ["data=digits", "tracking=none", f"hydra.sweep.dir={folder}", *overrides]
    with initialize_config_dir(str(conf_folder()), version_base="1.3"):
        return compose("config", overrides=given, return_hydra_config=True)


def opened(folder: Path, *overrides: str) -> tuple[str, str]:
    """Return a sweep's folder and name, as its jobs hear of them; it is closed again."""
    config = composition(folder, *overrides)
    SweepCallback().on_multirun_start(config)
    last = str(config.hydra.overrides.hydra[-1]).removeprefix("job.sweep=").strip("'")
    sweep = read_sweep(last)
    assert sweep is not None
    close_sweep()
    return last, sweep.name


def test_keys_that_vary() -> None:
    overrides = ["a=1,2", "variant@b.c=x,y", "d=[1,2]", "e='1,2'", "f=range(1,3)", "g=interval(0,1)", "~h", "a=3,4"]
    assert varying_keys(overrides) == ["a", "variant@b.c", "f", "g"]


def test_a_sweep_is_known_by_what_it_computes(tmp_path: Path) -> None:
    first = opened(tmp_path, "sweep=heads")
    assert first[1] == "heads"
    assert opened(tmp_path, "sweep=heads", "job.threads=1") == first
    assert opened(tmp_path, "sweep=heads", "tracking.timeout=1") == first
    assert opened(tmp_path, "sweep=heads", "train.epochs=3") != first
    assert opened(tmp_path, "sweep=stride") != first


def test_the_same_sweep_twice_at_once_is_refused(tmp_path: Path) -> None:
    SweepCallback().on_multirun_start(composition(tmp_path, "sweep=heads"))
    held = module._current
    with pytest.raises(SystemExit, match="it runs already, in process"):
        SweepCallback().on_multirun_start(composition(tmp_path, "sweep=heads"))
    module._current = held
    assert close_sweep()
    opened(tmp_path, "sweep=heads")


def outcome(state: str, number: int = 0, **more: Any) -> Outcome:
    return Outcome(number, f"job={number}", state=state, **more)


def test_the_exit_code_says_whether_the_jobs_of_this_attempt_were_done(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def ends(**states: str) -> None:
        config = composition(tmp_path, "sweep=heads")
        SweepCallback().on_multirun_start(config)
        assert module._current is not None
        started = module._current.sweep.started
        for number, (name, state) in enumerate(states.items()):
            write_outcome(str(module._current.folder), name, outcome(state, number, started=started))
        SweepCallback().on_multirun_end(config)

    ends(a="finished", b="was finished", c="pruned")
    for state in ("failed", "refused", "not logged", "running", "killed"):
        with pytest.raises(SystemExit) as error:
            ends(a="finished", d=state)
        assert error.value.code == 1
    assert "job=1" in capsys.readouterr().out
    ends(a="finished")  # what an earlier attempt left is not this one's


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("no"), SystemExit(3)])
def test_whatever_ends_a_sweep_closes_it(error: BaseException, tmp_path: Path) -> None:
    raised = SystemExit if isinstance(error, KeyboardInterrupt) else type(error)
    with pytest.raises(raised), sweep_closed():
        SweepCallback().on_multirun_start(composition(tmp_path, "sweep=heads"))
        raise error
    assert module._current is None


def test_outcomes_in_order() -> None:
    jobs = [
        outcome("finished", 0, objective=0.2),
        outcome("failed", 1, error="no | bar"),
        outcome("was finished", 2, objective=0.5),
        outcome("running", 3),
    ]
    assert [one.number for one in best_first(jobs)] == [2, 0, 1, 3]
    winner = best(jobs)
    assert winner is not None
    assert winner.number == 2
    assert best([outcome("pruned", 0, objective=0.9)]) is None
    assert [one.state for one in ended(jobs)] == ["finished", "failed", "was finished", "killed"]
    table = jobs_table(jobs)
    assert [row[0] for row in table["data"]] == [2, 0, 1, 3]
    assert all(len(row) == len(table["columns"]) for row in table["data"])
    assert "- job 1 failed: no \\| bar" in sweep_note("validation.AP50", "again", jobs)
