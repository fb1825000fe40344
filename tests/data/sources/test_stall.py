"""The stall watch: progress keeps a command alive, its absence ends it and all it started."""

import fcntl
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fullconv.data.sources import stall
from fullconv.data.sources.stall import SourceError, run_watched


class Played:
    """A process that writes a byte at each of some seconds and ends at another, by a clock of its own."""

    def __init__(self, folder: Path, writes: list[float], ends: float) -> None:
        self.now, self._folder, self._writes, self._ends = 0.0, folder, list(writes), ends

    def wait(self, seconds: float) -> None:
        self.now += seconds
        while self._writes and self._writes[0] <= self.now:
            with (self._folder / "part").open("a") as part:
                part.write("x")
            del self._writes[0]
        if self.now < self._ends:
            raise subprocess.TimeoutExpired("played", seconds)


def _watch(monkeypatch: pytest.MonkeyPatch, played: Any, folder: Path, timeout: float, startup: float) -> None:
    monkeypatch.setattr(stall, "time", SimpleNamespace(monotonic=lambda: played.now))
    stall._wait_while_growing(played, folder, timeout, startup)


def _run(source: str, folder: Path, timeout: float, startup: float = 600.0) -> None:
    run_watched([sys.executable, "-S", "-c", source], folder, timeout, startup)


def test_success_leaves_what_was_written(tmp_path: Path) -> None:
    _run("open('done', 'w').write('x')", tmp_path, 600)
    assert (tmp_path / "done").read_text() == "x"


def test_silence_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no progress for 0\.3 s"):
        _run("import time; time.sleep(600)", tmp_path, 0.3, startup=0)


def test_startup_lasts_until_the_first_file(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no progress"):
        _run("open('started', 'w').close(); import time; time.sleep(600)", tmp_path, 0.2, startup=500)


def test_startup_is_no_lack_of_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _watch(monkeypatch, Played(tmp_path, [400.0], 400.2), tmp_path, timeout=0.5, startup=500)
    with pytest.raises(SourceError, match="no progress"):
        _watch(monkeypatch, Played(tmp_path, [400.0], 401.0), tmp_path, timeout=0.5, startup=500)
    with pytest.raises(SourceError, match="no progress"):
        _watch(monkeypatch, Played(tmp_path, [400.0], 400.2), tmp_path, timeout=0.5, startup=300)


def test_slow_growth_is_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writes = [0.9 * number for number in range(15)]
    _watch(monkeypatch, Played(tmp_path, writes, 13.0), tmp_path, timeout=1.0, startup=0)
    assert (tmp_path / "part").read_text() == "x" * 15
    with pytest.raises(SourceError, match="no progress for 1 s"):
        _watch(monkeypatch, Played(tmp_path, [*writes, 14.0], 15.0), tmp_path, timeout=1.0, startup=0)


def test_children_end_too(tmp_path: Path) -> None:
    lock, watched = tmp_path / "lock", tmp_path / "watched"
    watched.mkdir()
    child = (
        f"import fcntl, time; held = open({str(lock)!r}, 'w'); fcntl.flock(held, fcntl.LOCK_EX);"
        "open('started', 'w').close(); time.sleep(600)"
    )
    with pytest.raises(SourceError, match="no progress"):
        _run(f"import subprocess, sys; subprocess.run([sys.executable, '-S', '-c', {child!r}])", watched, 0.3)
    assert (watched / "started").exists()
    with lock.open() as mine:
        _lock_or_fail(mine.fileno())


def _lock_or_fail(descriptor: int) -> None:
    for _ in range(2000):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            time.sleep(0.05)
    pytest.fail("the command's child still runs")


def test_failure_tells_the_last_line(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"^the reason \(exit status 3\)$"):
        _run("print('noise'); print('the reason'); print(); raise SystemExit(3)", tmp_path, 600)


def test_missing_program(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no-such-program cannot be run"):
        run_watched(["no-such-program"], tmp_path, 1)


def test_environment_is_added(tmp_path: Path) -> None:
    command = [sys.executable, "-S", "-c", "import os; open(os.environ['NAME'], 'w').close()"]
    run_watched(command, tmp_path, 600, environment={"NAME": "given"})
    assert (tmp_path / "given").exists()
