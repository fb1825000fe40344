"""Downloads by Keras' own code, in a process that is ended when it stalls; and where Keras keeps what arrived."""

import json
import os
import sys
from pathlib import Path
from typing import Any

from fullconv.data.sources.stall import run_watched

# A program of its own: keras' downloader has no timeout and a thread cannot be ended, a process can.
_START = """
import json, socket, sys
timeout, arguments = json.loads(sys.argv[1])
socket.setdefaulttimeout(timeout)
import keras
open("started", "w").close()
"""
_STARTUP = 60.0  # seconds that importing TensorFlow may take on a slow machine


def keras_home() -> Path:
    """Return the folder where Keras keeps this person's downloads."""
    return Path(os.environ.get("KERAS_HOME", "~/.keras")).expanduser()


def download_with_keras(statement: str, arguments: Any, folder: Path, timeout: float) -> None:
    """Run a statement of Keras' with `arguments` (JSON) in scope, in another process whose Keras home is `folder`.

    Raises:
        SourceError: it failed, or made no progress for `timeout` seconds.
    """
    # Else keras writes this file half-way through its import, which would look like the start of the download.
    (folder / "keras.json").write_text("{}")
    run_watched(
        [sys.executable, "-P", "-c", _START + statement, json.dumps([timeout, arguments])],
        folder,
        timeout,
        startup=_STARTUP,
        environment={"KERAS_HOME": str(folder), "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"},
    )
