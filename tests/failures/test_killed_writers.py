"""A writer that is killed leaves what was there; the next one that writes into the folder clears up."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fullconv.files import whole_file, whole_folder

ROOT = Path(__file__).resolve().parents[2]

FILE = """
import sys, time
from pathlib import Path
from fullconv.files import whole_file
with whole_file(Path("a.txt")) as temporary:
    temporary.write_text("half")
    print("writing", flush=True)
    time.sleep(60)
"""

# Dies between the two renames of whole_folder: the old folder is aside, the new one has no place yet.
FOLDER = """
import os, signal
from pathlib import Path
from fullconv.files import whole_folder
Path.replace = lambda self, target: os.kill(os.getpid(), signal.SIGKILL)
with whole_folder(Path("out")) as temporary:
    (temporary / "new").write_text("")
"""

STAGE = """
import os, sys, time
from fullconv.config.orphans import end_with_dvc
end_with_dvc()
print(os.getpid(), flush=True)
{busy}
"""


def start(folder: Path, code: str, **environment: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT / "src"), **environment},
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def line_of(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_next_writer_clears_what_a_killed_one_left_and_spares_one_that_lives(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("old")
    with start(tmp_path, FILE) as dead, start(tmp_path, FILE) as alive:
        assert line_of(dead) == line_of(alive) == "writing"
        assert len(left(tmp_path / ".partial-writers")) == 2
        dead.kill()
        dead.wait()
        assert (tmp_path / "a.txt").read_text() == "old"
        with whole_file(tmp_path / "b.txt") as temporary:
            temporary.write_text("b")
        assert len(left(tmp_path / ".partial-writers")) == 1
        alive.kill()
    with whole_file(tmp_path / "b.txt") as temporary:
        temporary.write_text("b")
    assert left(tmp_path) == ["a.txt", "b.txt"]


def test_a_folder_killed_between_old_and_new_is_put_back(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "old").write_text("")
    with start(tmp_path, FOLDER) as writer:
        writer.wait()
        assert writer.returncode == -signal.SIGKILL
    assert not (tmp_path / "out").exists()
    with pytest.raises(KeyError), whole_folder(tmp_path / "out"):
        raise KeyError
    assert left(tmp_path) == ["out"]
    assert left(tmp_path / "out") == ["old"]


def test_a_leftover_does_not_take_the_place_of_a_newer_folder(tmp_path: Path) -> None:
    aside = tmp_path / ".partial-writers" / "left" / ".aside" / "out"
    aside.mkdir(parents=True)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "new").write_text("")
    with whole_file(tmp_path / "a.txt") as temporary:
        temporary.write_text("")
    assert left(tmp_path) == ["a.txt", "out"]
    assert left(tmp_path / "out") == ["new"]


def test_a_linked_read_only_output_is_replaced_and_its_source_untouched(tmp_path: Path) -> None:
    # As DVC links outputs to a shared cache, read-only.
    for link in (os.link, os.symlink):
        cached, name = tmp_path / f"cached_{link.__name__}", tmp_path / link.__name__
        cached.write_text("cached")
        cached.chmod(0o444)
        link(cached, name)
        with whole_file(name) as temporary:
            temporary.write_text("new")
        assert (cached.read_text(), name.read_text(), name.is_symlink()) == ("cached", "new", False)


@pytest.mark.parametrize("busy", ["time.sleep(60)", "while True: sum(range(1000))"])
def test_a_stage_ends_when_the_dvc_that_started_it_was_killed(busy: str, tmp_path: Path) -> None:
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {STAGE.format(busy=busy)!r}])"
    with start(tmp_path, code, DVC_STAGE="train") as dvc:
        stage = int(line_of(dvc))
        os.kill(stage, 0)
        dvc.kill()
        assert dvc.stdout is not None
        assert dvc.stdout.read() == ""  # until the stage, too, has let go of the pipe


def test_a_program_that_a_person_starts_outlives_the_shell(tmp_path: Path) -> None:
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {STAGE.format(busy='time.sleep(60)')!r}])"
    with start(tmp_path, code, DVC_STAGE="") as shell:
        pass_on = int(line_of(shell))
        shell.kill()
        shell.wait()
        time.sleep(0.6)
        os.kill(pass_on, signal.SIGKILL)  # raises if it has ended
