"""The weights that Keras publishes: from its cache, else downloaded by Keras, never half."""

import hashlib
import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fullconv.data.sources.keras_download import download_with_keras, keras_home
from fullconv.data.sources.stall import SourceError
from fullconv.errors import InputError

TIMEOUT = 10.0  # seconds without progress before the download is given up
_log = logging.getLogger(__name__)


def _whole(path: Path, file_hash: str | None) -> bool:
    if not path.is_file():
        return False
    if file_hash is None:
        return True
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256" if len(file_hash) == 64 else "md5").hexdigest() == file_hash


def published_file(
    fname: str, origin: str, cache_subdir: str = "models", file_hash: str | None = None, timeout: float = TIMEOUT
) -> str:
    """Return what `keras.utils.get_file` returns, without waiting for a network that does not answer.

    Raises:
        InputError: the file is not in Keras' cache and does not arrive, or arrives damaged.
    """
    folder = keras_home() / cache_subdir
    target = folder / fname
    if _whole(target, file_hash):
        return str(target)
    _log.info("Keras downloads %s", fname)
    arguments = {"fname": fname, "origin": origin, "cache_subdir": cache_subdir, "file_hash": file_hash}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".partial-", dir=folder) as staging:
            download_with_keras("keras.utils.get_file(**arguments)", arguments, Path(staging), timeout)
            (Path(staging) / cache_subdir / fname).replace(target)
    except (SourceError, OSError) as error:
        raise InputError(
            "weights",
            f"Keras could not fetch {fname} ({str(error).replace(origin, 'its address')})",
            f"Give weights=FILE: what {origin} holds, or the network as .keras or .weights.h5.",
        ) from error
    return str(target)


@contextmanager
def watched_downloads() -> Iterator[None]:
    """Let the constructors of keras.applications take their files by `published_file`.

    They know which file they want and keep it to themselves, so that the function they ask is exchanged meanwhile.
    """
    from keras.src.utils import file_utils

    original = file_utils.get_file
    file_utils.get_file = published_file
    try:
        yield
    finally:
        file_utils.get_file = original
