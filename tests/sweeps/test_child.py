"""A job's process is watched from outside: whatever ends it, its guard knows how."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fullconv.sweeps import child
from fullconv.sweeps.child import outcome_of, run_child

READ = "import json, os, pathlib, signal, sys, time; ticket = json.loads(sys.stdin.readline()); "
LEAVE = 'pathlib.Path(ticket["folder"], "outcome.json").write_text(json.dumps(ticket["outcome"]))'
DONE = {"state": "finished", "objective": 0.5, "error": None}


def run(monkeypatch: pytest.MonkeyPatch, folder: Path, code: str, outcome: object = DONE) -> child.Ended:
    monkeypatch.setattr(child, "COMMAND", [sys.executable, "-c", READ + code])
    return run_child({"folder": str(folder), "outcome": outcome}, folder, os.environ, "[3] ")


def test_a_process_tells_how_it_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    ended = run(monkeypatch, tmp_path, f"print('one'); print('two', file=sys.stderr); {LEAVE}")
    assert (ended.state, ended.objective, ended.error) == ("finished", 0.5, None)
    assert set(capfd.readouterr().out.splitlines()) == {"[3] one", "[3] two"}


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", "killed by SIGKILL (out of memory"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "killed by SIGSEGV"),
        ("os._exit(7)", "exit code 7"),
        ("sys.exit(0)", "exit code 0 and left nothing"),
        ("1 / 0", "exit code 1"),
    ],
)
def test_a_process_that_dies_has_failed(code: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "outcome.json").write_text(json.dumps(DONE))  # of an earlier attempt
    ended = run(monkeypatch, tmp_path, f"print('last words', flush=True); {code}")
    assert (ended.state, ended.objective) == ("failed", None)
    assert said in str(ended.error)
    assert "last words" in ended.traceback
    assert ended.traceback.endswith(f"{ended.error}\n")


def test_a_traceback_is_read_from_where_it_was_left(tmp_path: Path) -> None:
    (tmp_path / "outcome.json").write_text(json.dumps({"state": "failed", "objective": None, "error": "E: no"}))
    (tmp_path / "traceback.txt").write_text("Traceback …")
    assert outcome_of(tmp_path, 0, []).traceback == "Traceback …"


def test_an_interrupted_guard_leaves_no_process_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    number = tmp_path / "pid"

    def interrupt(signal_number: int, frame: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(child, "_PATIENCE", 0.2)
    previous = signal.signal(signal.SIGUSR1, interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            run(
                monkeypatch, tmp_path,
                # It does not even listen.
                "signal.signal(signal.SIGTERM, signal.SIG_IGN); "
                f"pathlib.Path({str(number)!r}).write_text(str(os.getpid())); "
                "os.kill(os.getppid(), signal.SIGUSR1); time.sleep(60)",
            )  # fmt: skip
    finally:
        signal.signal(signal.SIGUSR1, previous)
    with pytest.raises(ProcessLookupError):
        os.kill(int(number.read_text()), 0)


def test_a_job_ends_when_its_guard_has_died(tmp_path: Path) -> None:
    """The real process, whose guard is gone before it has read its task."""
    code = "from fullconv.sweeps.job_process import _end_with_the_guard as end; end()"
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
    assert process.stdin is not None
    time.sleep(0.1)
    assert process.poll() is None
    process.stdin.close()
    assert process.wait(600) == 1
