"""A guided search through Hydra itself, on a task that takes no time: a parabola, and a value that always fails."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import optuna
import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given, settings
from hypothesis import strategies as st

from fullconv.errors import InputError
from fullconv.sweeps.search.settings import check_storage
from fullconv.sweeps.search.space import Space, space_of

ROOT = Path(__file__).resolve().parents[2]
CONFIG = """
x: 0.5
y: a
job: {trial: null}
hydra:
  run: {dir: .}
  output_subdir: null
  sweep: {dir: multirun, subdir: "${hydra.job.num}"}
"""
TASK = """
import math, os, time
import hydra
from fullconv.sweeps.search.pruning import Pruned, judge_of, trial_address

@hydra.main(version_base="1.3", config_path="conf", config_name="config")
def main(config):
    if config.x > 0.5:
        raise ValueError("too far")
    value = -(math.log10(config.x) + 2) ** 2 + {"a": 0, "b": -1, "c": math.nan}[config.y]
    address = trial_address()
    if address.pruning.method != "none":
        ends = judge_of(address)
        for epoch in range(1, 10):
            if ends(epoch, value * 10 / epoch):
                raise Pruned(epoch, value)
    with open("done.txt", "a") as stream:
        stream.write(f"{config.x} {config.y} {value}\\n")
    with open("done.txt") as stream:
        if len(stream.readlines()) == int(os.environ.get("STOPS", 0)):
            print("stopped", flush=True)
            time.sleep(600)
    return value

if __name__ == "__main__":
    main()
"""
SPACE = ("x=tag(log,interval(1e-4,1))", "y=a,b,c")
Toy = Callable[..., str]


def _command(*overrides: str) -> list[str]:
    return [sys.executable, "toy.py", "-m", "hydra/sweeper=search", *overrides]


def _environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT / "src"), "HYDRA_FULL_ERROR": "1", **more}


@pytest.fixture
def toy(tmp_path: Path) -> Toy:
    """Return what runs a search in a folder of its own and returns what it says."""
    sweeper = tmp_path / "conf" / "hydra" / "sweeper"
    sweeper.mkdir(parents=True)
    (sweeper / "search.yaml").write_text((ROOT / "conf/hydra/sweeper/search.yaml").read_text())
    (tmp_path / "conf" / "config.yaml").write_text(CONFIG)
    (tmp_path / "toy.py").write_text(TASK)

    def run(*overrides: str, fails: bool = False) -> str:
        done = subprocess.run(
            _command(*overrides), cwd=tmp_path, env=_environment(), text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert (done.returncode != 0) == fails, done.stdout
        return done.stdout

    return run


def _done(folder: Path) -> list[str]:
    return (folder / "done.txt").read_text().splitlines()


def _trials(folder: Path) -> list[optuna.trial.FrozenTrial]:
    backend = optuna.storages.journal.JournalFileBackend(str(folder / "multirun" / "search.journal"))
    storage = optuna.storages.JournalStorage(backend)
    (study,) = optuna.get_all_study_names(storage)
    return optuna.load_study(study_name=study, storage=storage).trials


def _states(folder: Path) -> list[str]:
    return [trial.state.name for trial in _trials(folder)]


def test_it_finds_the_neighbourhood_of_the_best_and_goes_on_after_failures(toy: Toy, tmp_path: Path) -> None:
    said = toy(*SPACE, "hydra.sweeper.trials=24")
    assert len(_trials(tmp_path)) == 24
    # y=c is nan, x > .5 raises: a third of the space and more. A search that learns nothing from failures stays there.
    assert _states(tmp_path).count("FAIL") in range(1, 12)
    assert float(_trials_best(tmp_path).value or -9) > -0.1
    best = next(line for line in said.splitlines() if line.startswith("the best again: "))
    assert "y=a" in best
    again = subprocess.run(
        [sys.executable, "toy.py", "--config-dir=multirun", "--config-name=best", "+unused=1"],
        cwd=tmp_path, env={**_environment(), "FULLCONV_SEARCH": '{"storage":"","study":"","trial":0,"pruning":'
        '{"method":"none","every":1,"warmup":0,"startup":0,"images":1}}'}, check=True,
    )  # fmt: skip
    assert again.returncode == 0
    assert float(_done(tmp_path)[-1].split()[2]) == _trials_best(tmp_path).value


def _trials_best(folder: Path) -> optuna.trial.FrozenTrial:
    return max((one for one in _trials(folder) if one.value is not None), key=lambda one: one.value or 0)


def test_killed_and_run_again_it_tries_what_an_undisturbed_search_tries(toy: Toy, tmp_path: Path) -> None:
    toy(*SPACE, "hydra.sweeper.trials=12")
    undisturbed = _done(tmp_path)
    (tmp_path / "done.txt").write_text("")
    (tmp_path / "multirun" / "search.journal").unlink()
    with subprocess.Popen(_command(*SPACE, "hydra.sweeper.trials=12"), cwd=tmp_path, env=_environment(STOPS="4"),
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:  # fmt: skip
        assert process.stdout is not None
        assert any(line == "stopped\n" for line in process.stdout)  # its work is done, its end not told
        process.send_signal(signal.SIGKILL)
    toy(*SPACE, "hydra.sweeper.trials=12")
    # The job whose end was not told any more is run once more; nothing else is.
    assert list(dict.fromkeys(_done(tmp_path))) == list(dict.fromkeys(undisturbed))
    assert len(_done(tmp_path)) == len(undisturbed) + 1
    assert sum("interrupted" in one.user_attrs for one in _trials(tmp_path)) == 1
    assert "RUNNING" not in _states(tmp_path)


def test_a_finished_search_launches_nothing_and_more_trials_continue_it(toy: Toy, tmp_path: Path) -> None:
    toy(*SPACE, "hydra.sweeper.trials=3")
    before = _done(tmp_path)
    toy(*SPACE, "hydra.sweeper.trials=3")
    assert _done(tmp_path) == before
    toy(*SPACE, "hydra.sweeper.trials=5")
    assert len(_trials(tmp_path)) == 5


def test_jobs_side_by_side_by_joblib(toy: Toy, tmp_path: Path) -> None:
    toy(*SPACE, "hydra.sweeper.trials=6", "hydra/launcher=joblib", "hydra.launcher.n_jobs=2")
    states = _states(tmp_path)
    assert sum(state in ("COMPLETE", "FAIL") for state in states) == len(states) >= 6
    # Two were asked for before either had ended.
    first, second = _trials(tmp_path)[:2]
    assert second.datetime_start is not None
    assert first.datetime_complete is not None
    assert second.datetime_start < first.datetime_complete


@pytest.mark.parametrize("method", ["median", pytest.param("hyperband", marks=pytest.mark.slow)])
def test_bad_trials_are_pruned_and_told_so_by_their_own_process(toy: Toy, tmp_path: Path, method: str) -> None:
    pruning = f"{{method:{method},every:1,warmup:1,startup:2,images:1}}"
    toy(
        "x=tag(log,interval(1e-4,0.4))", "hydra.sweeper.trials=12", "hydra.sweeper.sampler=random",
        f"hydra.sweeper.pruning={pruning}", "hydra/launcher=joblib", "hydra.launcher.n_jobs=2",
    )  # fmt: skip
    pruned = [one for one in _trials(tmp_path) if one.state.name == "PRUNED"]
    assert 0 < len(pruned) < 12
    assert all(0 < len(one.intermediate_values) < 9 for one in pruned)
    assert _states(tmp_path).count("FAIL") == 0


def test_another_space_under_the_same_name_is_refused_in_one_line(toy: Toy, tmp_path: Path) -> None:
    name = ("hydra.sweeper.study=mine", "hydra.sweeper.trials=1")
    toy("y=a,b", *name)
    before = _done(tmp_path)
    assert "'mine' was begun with other values of y." in toy("y=a,b,c", *name, fails=True)
    assert "'mine' was begun with other values of x." in toy("y=a,b", "x=0.2", *name, fails=True)
    assert "other values of direction" in toy("y=a,b", "hydra.sweeper.direction=minimize", *name, fails=True)
    assert _done(tmp_path) == before


def test_what_does_not_compose_ends_before_the_first_job(toy: Toy, tmp_path: Path) -> None:
    assert "zzz" in toy("y=a,b", "zzz=1,2", fails=True)
    assert "nothing varies" in toy("y=a", fails=True)
    assert not (tmp_path / "done.txt").exists()


def _space(*overrides: str) -> Space:
    return space_of(OverridesParser.create().parse_overrides(list(overrides)))


def test_hydras_grammar_becomes_distributions() -> None:
    space = _space(
        "a=tag(log,interval(1e-4,1e-2))", "b=1,2", "c=choice(x,y)", "d=range(1,10,3)", "e=int(interval(1,8))",
        "f=range(0.1,0.5,0.1)", "g=3", "~h", "model@x.y=p,q", "g=4",
    )  # fmt: skip
    found = {key: (type(one).__name__, one._asdict()) for key, one in space.varied.items()}
    assert found["a"] == ("FloatDistribution", {"low": 1e-4, "high": 1e-2, "log": True, "step": None})
    assert found["b"] == ("CategoricalDistribution", {"choices": ("1", "2")})
    assert found["d"] == ("IntDistribution", {"low": 1, "high": 7, "log": False, "step": 3})
    assert found["e"] == ("IntDistribution", {"low": 1, "high": 8, "log": False, "step": 1})
    assert found["f"][1]["high"] == pytest.approx(0.4)
    assert list(found) == ["a", "b", "c", "d", "e", "f", "model@x.y"]
    assert space.fixed == ("g=4", "~h")
    # Every choice once, both ends of a range once.
    assert len(space.probes()) == 1 + 7
    assert {job[-1] for job in space.probes()} == {"model@x.y=p", "model@x.y=q"}


@pytest.mark.parametrize(
    "override",
    ["a=1", "a=range(3,3)", "a=tag(foo,interval(1,2))", "a=shuffle(1,2)", "a=tag(log,interval(0,1))", "a=interval(3,1)",
     "a=tag(log,choice(1,2))", "a=tag(log,range(0.1,1,0.1))"],
)  # fmt: skip
def test_a_space_without_meaning_is_refused(override: str) -> None:
    with pytest.raises(InputError):
        _space(override)


@settings(max_examples=60)
@given(st.floats(1e-6, 1e6), st.floats(1e-6, 1e6), st.floats(0, 1))
def test_a_rounded_number_stays_in_its_interval_and_near(low: float, high: float, share: float) -> None:
    low, high = sorted((low, high))
    value = min(max(low + share * (high - low), low), high)
    (shown,) = _space(f"a=interval({low!r},{high!r})").varying({"a": value})
    assert low <= float(shown.removeprefix("a=")) <= high
    assert float(shown.removeprefix("a=")) == pytest.approx(value, rel=1e-3)


@pytest.mark.parametrize(
    "storage", ["postgresql://me:secret@host/db", "postgresql://host/db?password=secret", "redis://host", "mysql://h/d"]
)
def test_a_storage_that_cannot_be_is_refused_and_no_password_is_shown(storage: str) -> None:
    with pytest.raises(InputError) as refused:
        check_storage(storage)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("storage", ["multirun/a.journal", "sqlite:///a.db", "postgresql://me@host:5432/db"])
def test_storages(storage: str) -> None:
    check_storage(storage)


def test_addresses_do_not_depend_on_the_folder_and_name_the_driver(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from fullconv.sweeps.search.study import address_of, storage_of

    monkeypatch.setenv("DVC_ROOT", str(tmp_path))
    assert address_of("multirun/a.journal") == f"{tmp_path}/multirun/a.journal"
    assert address_of("sqlite:///a.db") == f"sqlite:///{tmp_path}/a.db"
    assert address_of("postgresql://me@host/db") == "postgresql+psycopg2://me@host/db"
    with pytest.raises(InputError, match="cannot be used"):
        storage_of("postgresql+psycopg2://me@127.0.0.1:1/db")


def test_a_searching_machines_trial_is_lost_only_if_its_process_is(tmp_path: Path) -> None:
    from fullconv.sweeps.search.study import counted, give_up_lost
    from fullconv.track.store.process import this_process

    study = optuna.create_study()
    space = _space("a=1,2")
    host, number, _ = this_process().rsplit(" ", 2)
    for owner in (this_process(), f"{host} {number} 0", f"elsewhere {number} 0"):
        study.ask(fixed_distributions=space.varied).set_user_attr("search", owner)
    study.ask(fixed_distributions=space.varied)  # asked for this very moment, its owner not yet said
    assert give_up_lost(study, space) == 1
    assert [one.state.name for one in study.trials] == ["RUNNING", "FAIL", "RUNNING", "RUNNING", "WAITING"]
    assert study.trials[4].system_attrs["fixed_params"] == study.trials[1].params
    assert [one.number for one in counted(study)] == [0, 2]


def test_the_settings_file_gives_every_knob_of_the_schema() -> None:
    import yaml
    from omegaconf import OmegaConf

    from fullconv.sweeps.search.settings import SearchConfig

    given = yaml.safe_load((ROOT / "conf/hydra/sweeper/search.yaml").read_text())
    given.pop("defaults")
    assert set(given) == set(OmegaConf.structured(SearchConfig)) - {"_target_"}
    assert json.dumps(given)
