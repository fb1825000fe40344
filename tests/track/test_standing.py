"""Whether the dashboard shows everything already is told without MLflow, and never too early."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fullconv.config.layout import PAGE, PHOTOS
from fullconv.config.schema import ExperimentConfig
from fullconv.track.identity import (
    OUTPUTS,
    PARAMETERS,
    SHOWN,
    digest,
    digest_of_files,
    parameters_of,
    photo_parameters,
)
from fullconv.track.provenance.lineage import present_state
from fullconv.track.standing import all_shown
from fullconv.track.store.opening import Store, open_store

ROOT = Path(__file__).resolve().parents[2]
DIGESTS = {"plain": "a" * 16, PHOTOS: "b" * 16}
LOCK = {"stages": {name: {} for name in ("prepare", "mosaics", "train@plain", "convert@plain", "evaluate@plain")}}


@pytest.fixture
def settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings_with: Callable[..., ExperimentConfig]
) -> ExperimentConfig:
    """Settings whose database lies in a folder of its own: the present one, with a lock of DVC's and a page."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    (tmp_path / "dvc.lock").write_text(json.dumps(LOCK))
    PAGE.parent.mkdir()
    PAGE.write_text("a page")
    return settings_with()


def tags_of(settings: ExperimentConfig, name: str) -> dict[str, str]:
    """Return the tags with which publishing leaves a run."""
    parameters = photo_parameters(settings) if name == PHOTOS else parameters_of(settings, name)
    tags = {"mlflow.runName": name, PARAMETERS: digest(parameters), OUTPUTS: DIGESTS[name]}
    return tags if name == PHOTOS else {**tags, SHOWN: digest_of_files([PAGE]), **present_state(name)}


@pytest.fixture
def store(settings: ExperimentConfig, tmp_path: Path, tables: Callable[[Path], None]) -> Store:
    """A store with one whole run for each of the outputs, and an older one of other outputs."""
    tables(tmp_path)
    opened = open_store(settings.tracking)
    assert opened is not None
    for name in DIGESTS:
        opened.client.create_run(opened.experiment_id, tags=tags_of(settings, name))
    opened.client.create_run(opened.experiment_id, tags={**tags_of(settings, "plain"), OUTPUTS: "c" * 16})
    return opened


def run_of(store: Store, name: str) -> str:
    [run] = store.runs({"mlflow.runName": name, OUTPUTS: DIGESTS[name]})
    return str(run.info.run_id)


def test_one_whole_run_for_each_output_is_all_there_is_to_show(settings: ExperimentConfig, store: Store) -> None:
    assert all_shown(settings, DIGESTS)
    assert not all_shown(settings, {**DIGESTS, "plain": "d" * 16})
    assert not all_shown(settings, {**DIGESTS, "located": "e" * 16})


def double(store: Store) -> None:
    store.client.create_run(store.experiment_id, tags=store.client.get_run(run_of(store, PHOTOS)).data.tags)


def half_done(store: Store) -> None:
    tags = store.client.get_run(run_of(store, "plain")).data.tags
    store.client.create_run(store.experiment_id, tags={key: tags[key] for key in ("mlflow.runName", PARAMETERS)})


def deleted(store: Store) -> None:
    store.client.delete_run(run_of(store, "plain"))


def other_page(store: Store) -> None:
    PAGE.write_text("another page")


def other_state(store: Store) -> None:
    Path("dvc.lock").write_text(json.dumps({"stages": {**LOCK["stages"], "train@plain": {"cmd": "another"}}}))


def deleted_experiment(store: Store) -> None:
    store.client.delete_experiment(store.experiment_id)


def no_views(store: Store) -> None:
    for key in store.client.get_experiment(store.experiment_id).tags:
        store.client.delete_experiment_tag(store.experiment_id, key)


def damaged(store: Store) -> None:
    Path("mlflow.db").write_bytes(b"no database at all")


def lost(store: Store) -> None:
    Path("mlflow.db").unlink()


@pytest.mark.parametrize(
    "change",
    [double, half_done, deleted, other_page, other_state, deleted_experiment, no_views, damaged, lost],
)
def test_whatever_publishing_would_mend_is_not_all_shown(
    settings: ExperimentConfig, store: Store, change: Callable[[Store], None]
) -> None:
    assert all_shown(settings, DIGESTS)
    change(store)
    assert not all_shown(settings, DIGESTS)
    assert Path("mlflow.db").exists() == (change is not lost)  # looking makes none


def test_a_run_of_another_experiment_shows_nothing(settings: ExperimentConfig, store: Store) -> None:
    settings.tracking.experiment = "another"
    assert not all_shown(settings, DIGESTS)


def test_a_server_is_asked_by_publishing_itself(settings: ExperimentConfig, store: Store) -> None:
    settings.tracking.uri = "http://127.0.0.1:9"
    assert not all_shown(settings, DIGESTS)
    settings.tracking.enabled = False
    assert not all_shown(settings, DIGESTS)


def test_nothing_heavy_is_imported_for_it() -> None:
    code = "import sys; import fullconv.track.standing, fullconv.command.publish; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    heavy = {"mlflow", "matplotlib", "pandas", "keras", "tensorflow", "sqlalchemy"}
    assert {"sqlite3", "fullconv.track.standing"} <= set(loaded.split())
    assert not heavy & set(loaded.split())
