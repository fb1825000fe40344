"""What decoders say of single pictures, where there are thousands."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from fullconv.data.pictures import samples

_MOST = 3


@contextmanager
def few_lines() -> Iterator[None]:
    """Let a few warnings about single pictures through; of the others tell how many there were."""
    passed = 0

    def few(record: logging.LogRecord) -> bool:
        nonlocal passed
        passed += 1
        return passed <= _MOST

    samples.log.addFilter(few)
    try:
        yield
    finally:
        samples.log.removeFilter(few)
        if passed > _MOST:
            samples.log.warning("and %d lines of the same kind about other pictures", passed - _MOST)
