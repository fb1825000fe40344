"""Files of classifiers, read as data: no code from them is run."""

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from fullconv.models.files.archive import CONFIG_NAME, WEIGHTS, read_archive, read_unpacked
from fullconv.models.files.hdf5 import SIGNATURE
from fullconv.models.files.hdf5_file import read_hdf5
from fullconv.models.files.loaded import Architecture, Loaded
from fullconv.models.files.refused.foreign import of_bytes, of_folder, of_zip
from fullconv.models.files.refused.refusal import RefusalError, told
from fullconv.models.files.saved_model import PROGRAM, read_saved_model
from fullconv.nearest import missing_file

if TYPE_CHECKING:
    import keras

_HEAD = 4096  # bytes that tell what a file is


def read_classifier(path: Path, architecture: Architecture | None = None) -> Loaded:
    """Return the classifier that a file or folder holds, and what its file says of it.

    `architecture` makes the network that a file of weights alone belongs to, from its number of classes.

    Raises:
        InputError: it is missing, broken, or of a kind that is not read.
    """
    if not path.exists():
        raise missing_file(path)
    try:
        return _read(path, architecture)
    except RefusalError as refusal:
        raise told(path, refusal) from refusal.__cause__
    except OSError as error:
        raise told(path, RefusalError(f"it cannot be read ({error.strerror})", "Check its rights.")) from error


def _read(path: Path, architecture: Architecture | None) -> Loaded:
    if path.is_dir():
        return _read_folder(path)
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if head.startswith(SIGNATURE):
        return read_hdf5(path, architecture)
    if not zipfile.is_zipfile(path):
        raise of_bytes(head, path)
    refusal = of_zip(path)
    if refusal is not None:
        raise refusal
    return read_archive(path)


def _read_folder(folder: Path) -> Loaded:
    if (folder / PROGRAM).is_file():
        return read_saved_model(folder)
    if (folder / CONFIG_NAME).is_file() and (folder / WEIGHTS).is_file():
        return read_unpacked(folder)
    raise of_folder(folder)


def load_classifier(path: str | Path, architecture: "keras.Model | None" = None) -> "keras.Model":
    """Return a Keras model of a classifier, whatever wrote its file.

    `architecture` is the network that a file of weights alone belongs to; it gets the weights.

    Raises:
        InputError: the file is missing, broken, or of a kind that is not read.
    """
    given = None if architecture is None else lambda _: architecture
    return read_classifier(Path(path).expanduser(), given).model
