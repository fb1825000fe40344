"""The state that a run came from: a patch that makes it again, and a digest that finds its runs."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from fullconv.errors import InputError
from fullconv.track.provenance.code import Changes, changes, provenance
from fullconv.track.provenance.lineage import stages_digest
from fullconv.track.provenance.states import lock_of

WHO = [part for key in ("user.name", "user.email") for part in ("-c", f"{key}=test@localhost")]


def git(folder: Path, *command: str) -> str:
    return subprocess.run(["git", *WHO, *command], cwd=folder, capture_output=True, text=True, check=True).stdout


def commit(folder: Path, said: str) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", said)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "project"
    for folder in ("src", "conf"):
        (root / folder).mkdir(parents=True)
    (root / "src" / "a.py").write_text("one\ntwo\n")
    (root / "src" / "gone.py").write_text("gone\n")
    (root / "src" / "photo.png").write_bytes(bytes(range(100)))
    (root / "README").write_text("read\n")
    (root / "params.yaml").write_text("seed: 0\n")
    (root / ".gitignore").write_text("*.npz\n")
    git(root, "init", "-q", "-b", "main")
    commit(root, "first")
    monkeypatch.chdir(root)
    return root


def change(root: Path) -> None:
    (root / "src" / "a.py").write_text("one\nthree \t\n")
    (root / "src" / "gone.py").unlink()
    (root / "src" / "new name.py").write_text("new\n")
    (root / "src" / "photo.png").write_bytes(bytes(range(99)))
    (root / "conf" / "picture.png").write_bytes(bytes(range(256)))
    (root / "README").write_text("read me\n")
    (root / "params.yaml").write_text("seed: 1\n")
    (root / "src" / "big.npz").write_bytes(b"ignored")
    (root / "private.txt").write_text("a person's own, which git does not know")


def files(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and ".git" not in path.parts
    }


@pytest.mark.parametrize("staged", [False, True])
def test_the_patch_makes_the_same_code_again(repository: Path, tmp_path: Path, staged: bool) -> None:
    for key, value in (("color.ui", "always"), ("diff.noprefix", "true"), ("diff.mnemonicPrefix", "true")):
        git(repository, "config", key, value)
    change(repository)
    if staged:
        git(repository, "add", "src/a.py")
    before = git(repository, "status", "--porcelain"), git(repository, "count-objects")
    changed = changes()
    assert changed.binary == ("conf/picture.png", "src/photo.png")
    assert (git(repository, "status", "--porcelain"), git(repository, "count-objects")) == before
    git(tmp_path, "clone", "-q", str(repository), "again")
    assert b"GIT binary patch" not in changed.patch
    assert b"Binary files" not in changed.patch
    (tmp_path / "patch").write_bytes(changed.patch)
    git(tmp_path / "again", "apply", str(tmp_path / "patch"))
    expected = files(repository)
    assert expected.pop("private.txt")
    assert expected.pop("src/big.npz")
    expected["params.yaml"] = b"seed: 0\n"  # kept as a file of its own
    expected["README"] = b"read\n"  # computes nothing
    expected["src/photo.png"] = bytes(range(100))
    assert expected.pop("conf/picture.png")
    assert files(tmp_path / "again") == expected


def test_what_is_clean_has_no_patch_whatever_outputs_and_pages_say(repository: Path) -> None:
    assert changes() == Changes()
    for name in ("params.yaml", "README", "dvc.lock"):
        (repository / name).write_text("anew\n")
    assert changes() == Changes()
    assert provenance()["fullconv.git.clean"] == "true"


@pytest.mark.parametrize("name", ["src/a.py", "src/photo.png", "src/new.py", "conf/new.png", "dvc.yaml"])
def test_what_has_a_patch_or_a_changed_picture_is_not_clean(repository: Path, name: str) -> None:
    (repository / name).write_bytes(b"\0changed" if name.endswith(".png") else b"changed\n")
    assert not changes().none
    assert provenance()["fullconv.git.clean"] == "false"


def test_outside_of_git_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert changes() == Changes()
    assert not {"fullconv.git.commit", "fullconv.git.clean"} & set(provenance())


OWN = [f"{one}@{name}" for name in ("plain", "located") for one in ("train", "convert", "evaluate", "inspect")]
LOCK: dict[str, Any] = {
    "schema": "2.0",
    "stages": {
        stage: {"cmd": stage, "outs": [{"path": stage, "md5": "1"}]}
        for stage in ("prepare", "mosaics", "compare", "publish", *OWN)
    },
}


def changed(stage: str) -> dict[str, Any]:
    entry = {**LOCK["stages"][stage], "outs": [{"path": stage, "md5": "2"}]}
    return {**LOCK, "stages": {**LOCK["stages"], stage: entry}}


def test_a_state_of_a_classifier_is_its_own_stages_and_what_they_share() -> None:
    here = stages_digest(LOCK, "plain")
    assert here is not None
    for stage in ("publish", "compare", "train@located", "evaluate@located"):
        assert stages_digest(changed(stage), "plain") == here, stage
    for stage in ("prepare", "mosaics", "train@plain", "convert@plain", "evaluate@plain"):
        assert stages_digest(changed(stage), "plain") != here, stage
    assert stages_digest(LOCK, "located") != here
    turned = {"stages": dict(reversed(LOCK["stages"].items()))}
    assert stages_digest(turned, "plain") == here


def test_a_state_that_is_not_whole_has_no_digest() -> None:
    less = {"stages": {key: value for key, value in LOCK["stages"].items() if key != "evaluate@plain"}}
    assert stages_digest(less, "plain") is None
    assert stages_digest({}, "plain") is None


def test_a_lock_is_found_by_revision_and_by_an_experiments_name(repository: Path) -> None:
    with pytest.raises(InputError, match=r"dvc\.lock"):
        lock_of(None)
    (repository / "dvc.lock").write_text(yaml.safe_dump(LOCK))
    commit(repository, "locked")
    git(repository, "tag", "v1")
    git(repository, "update-ref", "refs/exps/ab/cdef/brisk-name", "HEAD")
    (repository / "dvc.lock").write_text(yaml.safe_dump(changed("publish")))
    assert lock_of(None) == changed("publish")
    for rev in ("HEAD", "v1", "main", "brisk-name", git(repository, "rev-parse", "HEAD").strip()):
        assert lock_of(rev) == LOCK, rev
    for rev in ("HEAD~1", "nowhere", "brisk", "--all"):
        with pytest.raises(InputError, match="is no revision"):
            lock_of(rev)


def test_a_run_knows_whether_onednn_computed(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")
    for value, said in (("0", "off, up to AVX2"), ("1", "on, up to AVX2")):
        monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", value)
        assert provenance()["fullconv.onednn"] == said
