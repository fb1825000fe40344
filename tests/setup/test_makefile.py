"""make installs what a target needs, once, in any order."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = ("Makefile", "pyproject.toml", "requirements.lock", "requirements.pipeline.lock")
PIPELINE, ALL = "requirements.pipeline.lock", "requirements.lock"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with what make looks at, long since changed, and an empty environment."""
    for name in FILES:
        shutil.copyfile(ROOT / name, tmp_path / name)
        os.utime(tmp_path / name, (1, 1))
    (tmp_path / ".venv").mkdir()
    return tmp_path


def planned(project: Path, target: str) -> str:
    """Return what make would do for a target; a make that these tests run under tells it nothing."""
    alone = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(["make", "-n", target], cwd=project, env=alone, capture_output=True, text=True, check=True)
    return done.stdout


def would_install(project: Path, target: str) -> list[str]:
    """Return the locks that a target would install."""
    return re.findall(r"tools/install\.py (\S+)", planned(project, target))


def test_a_fresh_clone_installs_what_the_target_needs(project: Path) -> None:
    assert would_install(project, "repro") == [PIPELINE]
    assert would_install(project, "demo") == [PIPELINE]
    assert would_install(project, "test") == would_install(project, "setup") == [ALL]


def test_after_repro_test_installs_the_rest(project: Path) -> None:
    (project / ".venv" / ".pipeline").touch()
    assert would_install(project, "repro") == []
    assert would_install(project, "test") == [ALL]


def test_after_test_repro_installs_nothing(project: Path) -> None:
    [touched] = re.findall(r"^touch (.+)$", planned(project, "test"), re.MULTILINE)
    for name in touched.split():
        (project / name).touch()
    assert would_install(project, "test") == would_install(project, "repro") == []


def test_a_lock_that_changed_is_installed(project: Path) -> None:
    for name in (".ready", ".pipeline"):
        (project / ".venv" / name).touch()
    later = (project / ".venv" / ".ready").stat().st_mtime + 1
    os.utime(project / ALL, (later, later))
    assert would_install(project, "repro") == []  # what it needs is in the other, as it was
    assert would_install(project, "test") == [ALL]
    os.utime(project / PIPELINE, (later, later))
    assert would_install(project, "repro") == [PIPELINE]
