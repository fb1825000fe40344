"""One training of a kind at a time."""

import logging
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from fullconv.train.lock import held

HOLDER = """
import sys
from pathlib import Path
from fullconv.train.lock import held
with held(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.readline()
"""


def holder(path: Path) -> "subprocess.Popen[str]":
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


@pytest.mark.parametrize("ending", ["killed", "done"])
def test_the_second_waits_and_says_for_whom(ending: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "kept" / "training.lock"
    entered = threading.Event()

    def second() -> None:
        with held(path):
            entered.set()
            assert path.read_text() == f"{os.getpid()}\n"

    class Waits(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            waits.set()

    waits, handler = threading.Event(), Waits()
    logger = logging.getLogger("fullconv.train.lock")
    logger.addHandler(handler)
    waiting = threading.Thread(target=second)
    try:
        with holder(path) as process:
            waiting.start()
            assert waits.wait(600)
            assert not entered.is_set()
            if ending == "killed":
                process.kill()
            else:
                process.communicate("\n")
        waiting.join(600)
    finally:
        logger.removeHandler(handler)
    assert entered.is_set()
    assert f"process {process.pid} is at this training ({path})" in caplog.text
    assert not path.exists()


def test_what_a_dead_process_left_holds_nobody(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "training.lock"
    path.write_text("1\n")
    with held(path):
        assert path.read_text() == f"{os.getpid()}\n"
    assert not path.exists()
    assert not caplog.text


def test_only_one_of_many_holds_it(tmp_path: Path) -> None:
    path, inside, most = tmp_path / "training.lock", [], []

    def work() -> None:
        for _ in range(50):
            with held(path):
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(600)
    assert most == [1] * 300
