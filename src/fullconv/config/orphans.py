"""A stage does not outlive the DVC that started it."""

import os
import signal
import threading
import time

from fullconv.terminal.stage import is_stage

_SECONDS = 0.2  # between two looks; the next `dvc repro` takes longer than this to start


def end_with_dvc() -> None:
    """Watch the DVC that started this process, if one did; once it has died, end this process as a power cut would.

    A stage left alone would go on writing outputs that the next `dvc repro` writes and records too.
    """
    if is_stage():
        threading.Thread(target=_watch, args=(os.getppid(),), daemon=True, name="end-with-dvc").start()


def _watch(parent: int) -> None:
    # A signal that Python answers would wait for the end of an epoch.
    while os.getppid() == parent:
        time.sleep(_SECONDS)
    os.kill(os.getpid(), signal.SIGKILL)
