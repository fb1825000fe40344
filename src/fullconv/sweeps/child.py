"""The process of a job, seen from outside: started, listened to, ended."""

import json
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fullconv.files import read_json
from fullconv.sweeps.outcomes import FAILED, OUTCOME, TRACEBACK

COMMAND = [sys.executable, "-m", "fullconv.sweeps.job_process"]
_LINES = 100  # of a process that dies without a word, the last that it said
_PATIENCE = 5.0  # seconds for a process to end by itself


@dataclass(frozen=True)
class Ended:
    """How a job's process ended: its state, its objective, the last line of its error, and the whole of that."""

    state: str
    objective: float | None
    error: str | None
    traceback: str


def run_child(ticket: Mapping[str, Any], folder: Path, environment: Mapping[str, str], prefix: str = "") -> Ended:
    """Run a job in a fresh process and pass on what it says, each line after `prefix`.

    It hears no Ctrl-C: the guard does, and ends it.
    """
    for name in (OUTCOME, TRACEBACK):
        (folder / name).unlink(missing_ok=True)
    said: deque[str] = deque(maxlen=_LINES)
    with subprocess.Popen(
        COMMAND,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=dict(environment),
        text=True,
        errors="replace",
        start_new_session=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            with suppress(BrokenPipeError):  # it died at once; its exit code says how
                process.stdin.write(json.dumps(ticket) + "\n")
                process.stdin.flush()
            for line in process.stdout:
                said.append(line)
                if line.strip():
                    sys.stdout.write(prefix + line)
                    sys.stdout.flush()
            code = process.wait()
        except BaseException:
            end(process)
            raise
    return outcome_of(folder, code, list(said))


def end(process: "subprocess.Popen[str]") -> None:
    """End a process: first by asking it."""
    process.terminate()
    try:
        process.wait(_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def outcome_of(folder: Path, code: int, said: list[str]) -> Ended:
    """Return how a process ended: by what it left, or, if it left nothing, by its exit code and its last words."""
    if (folder / OUTCOME).exists():
        left = read_json(folder / OUTCOME)
        trace = folder / TRACEBACK
        text = trace.read_text() if trace.exists() else ""
        return Ended(left["state"], left["objective"], left["error"], text)
    error = _death(code)
    return Ended(FAILED, None, error, f"{''.join(said)}\n{error}\n")


def _death(code: int) -> str:
    if code >= 0:
        return f"its process ended with exit code {code} and left nothing"
    name = signal.Signals(-code).name if -code in {one.value for one in signal.Signals} else str(-code)
    hint = " (out of memory, or killed by hand)" if -code == signal.SIGKILL else ""
    return f"its process was killed by {name}{hint}"
