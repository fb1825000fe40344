"""Converters that keep to themselves what they say line by line."""

import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

_LOGGERS = ("tensorflow", "absl", "tf2onnx")


@contextmanager
def quiet() -> Iterator[None]:
    """Hold back what libraries log, and what they write to the terminal past Python; errors are raised all the same."""
    from absl import logging as absl_logging

    loggers = {logging.getLogger(name): logging.getLogger(name).level for name in _LOGGERS}
    verbosity = absl_logging.get_verbosity()
    sys.stderr.flush()
    terminal = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            absl_logging.set_verbosity(absl_logging.FATAL)
            for logger in loggers:
                logger.setLevel(logging.CRITICAL)
            yield
        finally:
            absl_logging.set_verbosity(verbosity)
            for logger, level in loggers.items():
                logger.setLevel(level)
            os.dup2(terminal, 2)
            os.close(terminal)
