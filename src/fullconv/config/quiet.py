"""TensorFlow without its start-up notices, which no setting turns off, and without what makes its import longer."""

import gc
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from fullconv.config.signs import loading

# Keras imports both if they are there, for wrappers and galleries that no program here uses: a third of its time.
_IN_VAIN = ("matplotlib", "sklearn")


def load_tensorflow() -> None:
    """Import TensorFlow; what it says on standard error meanwhile is shown only if the import fails."""
    if "tensorflow" in sys.modules:
        return
    loading("TensorFlow")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    sys.stderr.flush()
    terminal = os.dup(2)
    with tempfile.TemporaryFile() as held, _uncollected():
        os.dup2(held.fileno(), 2)
        try:
            with _absent(*_IN_VAIN):
                import tensorflow  # noqa: F401
        except BaseException:
            held.seek(0)
            os.write(terminal, held.read())
            raise
        finally:
            os.dup2(terminal, 2)
            os.close(terminal)


@contextmanager
def _absent(*names: str) -> Iterator[None]:
    """Let `import` find no package of these names meanwhile; those that are imported already stay."""
    hidden = [name for name in names if name not in sys.modules]
    # None stands for a module that cannot be imported.
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


@contextmanager
def _uncollected() -> Iterator[None]:
    """Let what is made meanwhile stay for good: Python's collector looks for garbage among it neither now nor later.

    TensorFlow's import leaves hundreds of thousands of objects and no garbage; looking for it was a fifth of the time.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if enabled:
            gc.enable()
