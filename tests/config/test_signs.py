"""A program says at once that it lives: before it composes on a terminal, and when it loads what takes seconds."""

import os
import pty
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from fullconv.config.signs import loading

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
from fullconv.config.program import program
from fullconv.config.signs import loading

@program
def main(settings):
    loading("what takes long")

main()
"""


def said(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    (folder / "programs").mkdir()
    (folder / "programs" / "small.py").write_text(PROGRAM)
    (folder / "conf").symlink_to(ROOT / "conf")
    kept = {key: value for key, value in os.environ.items() if key != "DVC_STAGE"}
    return subprocess.run(
        [sys.executable, "programs/small.py", *words],
        cwd=folder, env={**kept, "PYTHONPATH": str(ROOT / "src"), **environment}, capture_output=True, text=True,
    )  # fmt: skip


def on_a_terminal(folder: Path, *words: str) -> str:
    """Return what a program writes to a terminal that is its standard error."""
    ours, theirs = pty.openpty()
    (folder / "small.py").write_text(PROGRAM)
    command = [sys.executable, "small.py", *words]
    environment = {key: value for key, value in os.environ.items() if key != "DVC_STAGE"}
    environment["PYTHONPATH"] = str(ROOT / "src")
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=theirs):
        os.close(theirs)
        written = b""
        with suppress(OSError):  # the other end is closed
            while part := os.read(ours, 1000):
                written += part
    os.close(ours)
    return written.decode()


def test_what_is_loaded_is_said_on_standard_error(tmp_path: Path) -> None:
    done = said(tmp_path, "seed=1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "loading what takes long …\n")


def test_a_stage_of_dvc_says_nothing(tmp_path: Path) -> None:
    done = said(tmp_path, "seed=1", DVC_STAGE="train@plain")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_terminal_sees_a_sign_before_anything_is_composed_and_it_is_taken_back(tmp_path: Path) -> None:
    assert on_a_terminal(tmp_path, "seed=1") == "loading …\r\x1b[Kloading what takes long …\r\n"


def test_a_refusal_stands_alone_on_a_terminal_too(tmp_path: Path) -> None:
    first, _, error = on_a_terminal(tmp_path, "sead=1").partition("\x1b[K")
    assert first == "loading …\r"
    assert error.startswith("error: configuration: ")


def test_a_composition_that_is_shown_stands_alone(tmp_path: Path) -> None:
    assert on_a_terminal(tmp_path, "--cfg", "job") == ""


def test_the_library_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    loading("what takes long")
    assert capfd.readouterr() == ("", "")
