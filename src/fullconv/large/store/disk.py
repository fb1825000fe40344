"""What the disk refuses is told in one line."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fullconv.errors import InputError, storage_error


@contextmanager
def refusals_told(path: Path) -> Iterator[None]:
    """Tell what the disk refuses in this block as an error of `path`.

    Raises:
        InputError: the disk is full, read-only or broken.
    """
    try:
        yield
    except InputError:
        raise
    except Exception as error:
        refused = storage_error(error, str(path))
        if refused is None:
            raise
        # The file that it names may have a temporary name, which means nothing to a person.
        raise InputError(str(path), refused.received, refused.mend) from error
