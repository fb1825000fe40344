"""Signs of life on standard error, while a program composes its knobs and imports what takes seconds.

None in a stage of DVC's, which has said itself what it runs.
"""

import logging
import sys

from fullconv.terminal.stage import is_stage

log = logging.getLogger(__name__)

_STARTS = "loading …\r"  # whatever is written next stands in its place
_CLEARS = "\x1b[K"  # a terminal's line, from here on


def starting() -> None:
    """Say on a terminal that a program has begun: Hydra takes a second before anything else is known."""
    _on_terminal(_STARTS)


def started() -> None:
    """Take back what `starting` said."""
    _on_terminal(_CLEARS)


def loading(what: str) -> None:
    """Say that what takes seconds is imported: in a program, where `conf/` sends it; in the library nobody hears it."""
    if not is_stage():
        log.info("loading %s …", what)


def _on_terminal(text: str) -> None:
    if sys.stderr.isatty() and not is_stage():
        sys.stderr.write(text)
        sys.stderr.flush()
