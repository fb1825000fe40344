"""What is said of the state that a page is published from."""

import hashlib
import subprocess
from pathlib import Path

import pytest

from fullconv.track.provenance.code import state_words

DATE = "2024-02-29T12:00:00+0000"


def commit(folder: Path) -> str:
    who = ("-c", "user.name=n", "-c", "user.email=e@example.org")
    environment = {"GIT_COMMITTER_DATE": DATE, "GIT_AUTHOR_DATE": DATE, "PATH": "/usr/bin:/bin"}
    for words in (("init", "-q"), ("add", "-A"), (*who, "commit", "-qm", "one")):
        subprocess.run(["git", *words], cwd=folder, check=True, env=environment)
    said = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, check=True, capture_output=True, text=True)
    return said.stdout.strip()


def test_commit_date_and_state_of_dvc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "one.py").write_text("a = 1\n")
    head = commit(tmp_path)[:12]
    assert state_words() == f"Published from commit {head} of 2024-02-29."
    (tmp_path / "dvc.lock").write_text("stages: {}\n")
    (tmp_path / "src" / "one.py").write_text("a = 2\n")
    lock = hashlib.sha256(b"stages: {}\n").hexdigest()[:12]
    assert state_words() == f"Published from commit {head} of 2024-02-29, with changes since; dvc.lock {lock}."


def test_outside_a_repository_nothing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert state_words() == ""
