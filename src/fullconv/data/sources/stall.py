"""A command that is given up when it stops making progress."""

import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO


class SourceError(Exception):
    """A source of data gave nothing; the message is the reason, for the report."""


def run_watched(
    command: Sequence[str],
    folder: Path,
    timeout: float,
    startup: float = 0.0,
    environment: Mapping[str, str] | None = None,
) -> None:
    """Run a command in `folder`; end it, and all it started, when the folder has not grown for `timeout` seconds.

    Downloads write as they go, so a folder that grows is a download alive, however slow. `startup` is extra time
    in seconds until the first change in the folder, for programs that take long to load.

    Raises:
        SourceError: no such program, no progress, or an exit status other than 0.
    """
    with tempfile.TemporaryFile() as output:
        try:
            process = subprocess.Popen(
                command,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
                start_new_session=True,  # a process group of its own, so that its children end with it
            )
        except OSError as error:
            raise SourceError(f"{command[0]} cannot be run ({error.strerror})") from error
        try:
            _wait_while_growing(process, folder, timeout, startup)
        finally:
            _end_group(process)
        if process.returncode != 0:
            raise SourceError(f"{_telling_line(output) or 'no message'} (exit status {process.returncode})")


def _wait_while_growing(process: subprocess.Popen[bytes], folder: Path, timeout: float, startup: float) -> None:
    size, files = _content_size(folder)
    deadline = time.monotonic() + timeout + startup
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(min(0.05, timeout))
            return
        now = _content_size(folder)
        if now != (size, files):
            size, files = now
            deadline = time.monotonic() + timeout
        elif time.monotonic() > deadline:
            raise SourceError(f"no progress for {timeout:g} s")


def _content_size(folder: Path) -> tuple[int, int]:
    size, files = 0, 0
    for parent, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):  # programs rename and remove files while we look
                size += (Path(parent) / name).stat().st_size
                files += 1
    return size, files


def _end_group(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _telling_line(output: IO[bytes]) -> str:
    """The line that names an error code, as npm's first does; else the last, as Python's and apt's."""
    output.seek(0)
    lines = [line.strip() for line in output.read().decode(errors="replace").splitlines()]
    codes = [line for line in lines if re.match(r"npm (error|ERR!) code ", line)]
    return next((line for line in [*codes, *reversed(lines)] if line), "")
