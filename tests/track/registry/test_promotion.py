"""Which run becomes the champion, and which never does."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fullconv.config.running import RegistryConfig, TrackingConfig
from fullconv.errors import InputError
from fullconv.track.registry.promotion import candidates, promote
from fullconv.track.store.opening import Store, open_store

CONFIG = RegistryConfig()
AP50 = "validation/AP50"


def opened(folder: Path) -> Store:
    made = open_store(TrackingConfig(True, f"sqlite:///{folder}/mlflow.db", "fullconv", str(folder / "artifacts")))
    assert made is not None
    return made


@pytest.fixture
def store(tables: Callable[[Path], None], tmp_path: Path) -> Store:
    tables(tmp_path)
    return opened(tmp_path)


def run(
    store: Store,
    ap50: float,
    difference: float | None = 1e-7,
    windows: int = 9,
    status: str = "FINISHED",
    model: bool = True,
) -> str:
    from mlflow.entities import LoggedModelOutput

    client = store.client
    made: str = client.create_run(store.experiment_id, run_name="located").info.run_id
    client.log_param(made, "background.windows", windows)
    client.log_param(made, "convert.tolerance", 1e-5)
    client.log_metric(made, AP50, ap50)
    if difference is not None:
        client.log_metric(made, "certificate/max_difference", difference)
    if model:
        logged = client.create_logged_model(store.experiment_id, name="conversion", source_run_id=made)
        client.log_outputs(made, [LoggedModelOutput(logged.model_id, 0)])
    client.set_terminated(made, status)
    return made


def champion(store: Store) -> str:
    return str(store.client.get_model_version_by_alias("fullconv", "champion").run_id)


def versions(store: Store) -> list[Any]:
    return list(store.client.search_model_versions("name = 'fullconv'"))


def test_the_best_that_learned_from_windows_and_is_certified_becomes_the_champion(store: Store) -> None:
    run(store, 0.5)
    best = run(store, 0.8)
    run(store, 0.7)
    run(store, 0.95, windows=0)  # its background was not learned from windows
    run(store, 0.94, status="FAILED")
    run(store, 0.93, difference=2e-5)
    run(store, 0.92, difference=math.nan)
    run(store, 0.91, difference=None)  # a head of cells: nothing to certify
    run(store, 0.90, model=False)
    done = promote(store, CONFIG, None)
    assert (done.run.info.run_id, done.value, done.before) == (best, 0.8, None)
    assert (done.registered, done.moved) == (True, True)
    assert champion(store) == best


def test_a_version_says_what_it_is_and_how_to_load_it(store: Store) -> None:
    best = run(store, 0.8)
    promote(store, CONFIG, None)
    (version,) = versions(store)
    assert version.tags["run"] == best
    assert version.tags[AP50] == "0.8"
    assert version.tags["certificate/max_difference"] == "1e-07"
    for said in (
        best,
        "classifier=registry:fullconv@champion",
        "models:/fullconv@champion",
        f"fullconv restore run={best}",
    ):
        assert said in version.description


def test_twice_is_as_once(store: Store) -> None:
    run(store, 0.8)
    promote(store, CONFIG, None)
    again = promote(store, CONFIG, None)
    assert (again.registered, again.moved, again.version) == (False, False, "1")
    assert len(versions(store)) == 1


def test_a_better_run_takes_over_by_its_margin(store: Store) -> None:
    run(store, 0.5)
    promote(store, CONFIG, None)
    better = run(store, 0.75)
    done = promote(store, CONFIG, None)
    assert (done.before, done.value, done.version) == (0.5, 0.75, "2")
    assert champion(store) == better


@pytest.mark.parametrize("ap50", [0.5, 0.8], ids=["worse", "equal"])
def test_a_champion_that_is_not_beaten_stays(store: Store, ap50: float) -> None:
    first = run(store, 0.8)
    promote(store, CONFIG, None)
    # It is no candidate any more: its background, as its parameters have it, was not learned from windows.
    store.client.delete_run(first)
    other = run(store, ap50)
    with pytest.raises(InputError, match=rf"fullconv/1 of run {first} has {AP50} 0.8.*{other}"):
        promote(store, CONFIG, None)
    assert champion(store) == first
    assert len(versions(store)) == 1


def test_a_run_that_is_named_takes_over_though_it_is_worse(store: Store) -> None:
    run(store, 0.8)
    promote(store, CONFIG, None)
    named = run(store, 0.3, windows=0)
    done = promote(store, CONFIG, named)
    assert (done.before, done.value) == (0.8, 0.3)
    assert champion(store) == named
    assert promote(store, CONFIG, None).before == 0.3
    assert len(versions(store)) == 2


def test_another_alias_leaves_the_champion(store: Store) -> None:
    best = run(store, 0.8)
    promote(store, CONFIG, None)
    named = run(store, 0.3)
    promote(store, RegistryConfig(alias="small"), named)
    assert champion(store) == best
    assert store.client.get_model_version_by_alias("fullconv", "small").run_id == named


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"difference": 2e-5}, "certificate/max_difference is 2e-05, above convert.tolerance 1e-05"),
        ({"difference": math.nan}, "is nan, above"),
        ({"difference": None}, "nothing was certified"),
        ({"model": False}, "has logged no model"),
        ({"ap50": math.nan}, "has no validation/AP50"),
    ],
)
def test_a_named_run_is_refused_in_words(store: Store, options: dict[str, Any], said: str) -> None:
    named = run(store, **{"ap50": 0.9, **options})
    with pytest.raises(InputError) as refused:
        promote(store, CONFIG, named)
    assert said in str(refused.value)
    assert named in str(refused.value)
    assert not versions(store)


def test_a_failing_certificate_is_named_where_nothing_else_is_left(store: Store) -> None:
    named = run(store, 0.9, difference=2e-5)
    run(store, 0.8, difference=3e-5)
    with pytest.raises(InputError, match=rf"{named}.*2e-05, above convert.tolerance 1e-05"):
        promote(store, CONFIG, None)


def test_without_a_run_it_says_what_makes_one(store: Store) -> None:
    run(store, 0.9, windows=0)
    with pytest.raises(InputError, match="dvc repro"):
        promote(store, CONFIG, None)
    with pytest.raises(InputError, match="no run 'nobody'"):
        promote(store, CONFIG, "nobody")


def test_candidates_come_in_order_over_pages(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    made = {run(store, value, model=False): value for value in (0.2, 0.6, 0.4)}
    search = store.client.search_runs
    monkeypatch.setattr(store.client, "search_runs", lambda *args, **options: search(*args, max_results=1, **options))
    assert [made[one.info.run_id] for one in candidates(store, AP50)] == [0.6, 0.4, 0.2]
