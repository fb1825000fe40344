"""Progress of a training: a line per epoch in the log, a moving bar on a terminal."""

import logging
import sys
import time
from typing import Any

import keras

_log = logging.getLogger(__name__)


def epoch_line(epoch: int, epochs: int, logs: dict[str, float], seconds: float) -> str:
    """Return one epoch's line; `epoch` counts from 0."""
    names = [prefix + name for prefix in ("", "val_") for name in ("loss", "accuracy")]
    figures = "  ".join(f"{name} {logs[name]:.4f}" for name in names if name in logs)
    return f"epoch {epoch + 1}/{epochs}  {figures}  {seconds:.1f} s"


class EpochProgress(keras.callbacks.Callback):  # type: ignore[misc]  # keras has no types
    """Log a line per epoch and, where standard error is a terminal, draw a bar of its batches."""

    def __init__(self) -> None:
        """Nothing is drawn before the first epoch."""
        super().__init__()
        self._bar: Any = None
        self._task: Any = None
        self._started = 0.0

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Start the clock and the bar."""
        self._started = time.perf_counter()
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import Progress

            self._bar = Progress(console=Console(stderr=True), transient=True)
            self._task = self._bar.add_task(f"epoch {epoch + 1}/{self.params['epochs']}", total=self.params["steps"])
            self._bar.start()

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Move the bar."""
        if self._bar is not None:
            self._bar.update(self._task, completed=batch + 1)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Take the bar away and log the line."""
        self.close()
        _log.info("%s", epoch_line(epoch, self.params["epochs"], logs or {}, time.perf_counter() - self._started))

    def close(self) -> None:
        """Leave the terminal as it was; needed when an epoch is cut short."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
