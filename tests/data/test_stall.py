"""The stall watch: progress keeps a command alive, its absence ends it and all it started."""

import fcntl
import sys
import time
from pathlib import Path

import pytest

from fullconv.data.sources.stall import SourceError, run_watched


def _run(source: str, folder: Path, timeout: float, startup: float = 5.0) -> None:
    run_watched([sys.executable, "-S", "-c", source], folder, timeout, startup)


def test_success_leaves_what_was_written(tmp_path: Path) -> None:
    _run("open('done', 'w').write('x')", tmp_path, 5)
    assert (tmp_path / "done").read_text() == "x"


def test_silence_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no progress for 0\.3 s"):
        _run("import time; time.sleep(600)", tmp_path, 0.3, startup=0)


def test_startup_lasts_until_the_first_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no progress"):
        _run("open('started', 'w').close(); import time; time.sleep(600)", tmp_path, 0.2, startup=500)


def test_startup_is_no_lack_of_progress(tmp_path: Path) -> None:
    _run("import time; time.sleep(.8); open('started', 'w').close()", tmp_path, 0.2, startup=500)
    assert (tmp_path / "started").exists()


def test_slow_growth_is_progress(tmp_path: Path) -> None:
    source = "import time\nfor _ in range(15):\n    open('part', 'a').write('x'); time.sleep(.1)"
    _run(source, tmp_path, 1.0)
    assert (tmp_path / "part").read_text() == "x" * 15


def test_children_end_too(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    child = (
        f"import fcntl, time; held = open({str(lock)!r}, 'w'); fcntl.flock(held, fcntl.LOCK_EX);"
        "held.write('held'); held.flush(); time.sleep(600)"
    )
    with pytest.raises(SourceError, match="no progress"):
        _run(f"import subprocess, sys; subprocess.run([sys.executable, '-S', '-c', {child!r}])", tmp_path, 0.3)
    assert lock.read_text() == "held"
    with lock.open() as mine:
        _lock_or_fail(mine.fileno())


def _lock_or_fail(descriptor: int) -> None:
    for _ in range(100):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            time.sleep(0.05)
    pytest.fail("the command's child still runs")


def test_failure_tells_the_last_line(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"^the reason \(exit status 3\)$"):
        _run("print('noise'); print('the reason'); print(); raise SystemExit(3)", tmp_path, 5)


def test_missing_program(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no-such-program cannot be run"):
        run_watched(["no-such-program"], tmp_path, 1)


def test_environment_is_added(tmp_path: Path) -> None:
    command = [sys.executable, "-S", "-c", "import os; open(os.environ['NAME'], 'w').close()"]
    run_watched(command, tmp_path, 5, environment={"NAME": "given"})
    assert (tmp_path / "given").exists()
