"""A sweep's job made again from its commit and its changes; and what cannot be."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from fullconv.config.running import TrackingConfig
from fullconv.errors import InputError
from fullconv.track.identity import PREFIX
from fullconv.track.provenance.code import CODE, provenance
from fullconv.track.provenance.lineage import COMMAND, log_state, stages_digest, state_tag
from fullconv.track.provenance.restoration import restore
from fullconv.track.provenance.states import runs_of
from fullconv.track.store.opening import Store, open_store


def git(*command: str) -> None:
    who = [part for key in ("user.name", "user.email") for part in ("-c", f"{key}=test@localhost")]
    subprocess.run(["git", *who, *command], check=True, capture_output=True)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tables: Callable[[Path], None]) -> Store:
    """A store, and a repository with a change that is not committed."""
    tables(tmp_path)
    code = tmp_path / "project" / "src" / "a.py"
    code.parent.mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "project")
    code.write_text("old\n")
    git("init", "-q", "-b", "main")
    git("add", "-A")
    git("commit", "-qm", "first")
    code.write_text("new\n")
    made = open_store(TrackingConfig(True, f"sqlite:///{tmp_path}/mlflow.db", "fullconv", str(tmp_path / "artifacts")))
    assert made is not None
    return made


def job(store: Store, **tags: str) -> str:
    made: str = store.begin("job", {"stage": "job", COMMAND: "python x.py a=1", **provenance(), **tags}, {})
    return made


def test_a_sweeps_job_has_its_code_and_its_command(store: Store, tmp_path: Path) -> None:
    run_id = job(store)
    log_state(store, run_id, ())
    Path("src/a.py").write_text("newer still\n")
    git("commit", "-qam", "second")
    done = restore(store, run_id, None)
    assert done.folder == tmp_path / f"project-{run_id[:8]}"
    assert (done.folder / "src" / "a.py").read_text() == "new\n"
    assert (done.changed, done.locked, done.missing, done.lost) == (True, False, (), ())
    assert done.command == f"cd {done.folder} && python x.py a=1"
    assert Path("src/a.py").read_text() == "newer still\n"
    with pytest.raises(InputError, match="is there already"):
        restore(store, run_id, None)


def test_changes_that_a_run_does_not_hold_are_named(store: Store, tmp_path: Path) -> None:
    Path("src/photo.png").write_bytes(bytes(99))
    partly, nothing = job(store), job(store)
    log_state(store, partly, ())
    assert restore(store, partly, tmp_path / "partly").lost == ("src/photo.png",)
    assert (tmp_path / "partly" / "src" / "a.py").read_text() == "new\n"
    assert restore(store, nothing, tmp_path / "nothing").lost == CODE


def test_what_cannot_be_restored_leaves_nothing(store: Store, tmp_path: Path) -> None:
    out = tmp_path / "out"
    elsewhere = job(store, **{"fullconv.git.commit": "1" * 40})
    with pytest.raises(InputError, match="is not in this repository"):
        restore(store, elsewhere, out)
    nowhere = store.begin("job", {"stage": "job"}, {})
    with pytest.raises(InputError, match=r"no tag fullconv\.git\.commit"):
        restore(store, nowhere, out)
    assert sorted(path.name for path in tmp_path.iterdir() if "mlflow" not in path.name) == ["project"]


def test_a_run_whose_tags_have_no_prefix_leads_back_too(store: Store, tmp_path: Path) -> None:
    older = {key.removeprefix(PREFIX): value for key, value in provenance().items()}
    run_id = store.begin("job", {"stage": "job", COMMAND: "python x.py", **older}, {})
    done = restore(store, run_id, tmp_path / "out")
    assert (done.commit, done.lost) == (older["git.commit"], CODE)
    lock = {"stages": {one: {} for one in ("prepare", "mosaics", "train@a", "convert@a", "evaluate@a")}}
    tag = state_tag(str(stages_digest(lock, "a")))
    assert [one.run for one in runs_of(store, lock)] == [None]
    for key in (tag.removeprefix(PREFIX), tag):
        shows = store.begin("a", {key: "a"}, {})
        (one,) = runs_of(store, lock)
        assert one.run is not None
        assert one.run.info.run_id == shows
