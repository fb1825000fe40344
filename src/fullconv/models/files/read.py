"""Files of classifiers, read as data: no code from them is run."""

from pathlib import Path
from typing import TYPE_CHECKING

from fullconv.models.files.loaded import Loaded
from fullconv.models.storage import load_model

if TYPE_CHECKING:
    import keras


def read_classifier(path: Path) -> Loaded:
    """Return the classifier that a file or folder holds, and what its file says of it.

    Raises:
        InputError: it is missing, broken, or of a kind that is not read.
    """
    return Loaded(load_model(path), "a .keras file")


def load_classifier(path: str | Path) -> "keras.Model":
    """Return a Keras model of a classifier, whatever wrote its file.

    Raises:
        InputError: the file is missing, broken, or of a kind that is not read.
    """
    return read_classifier(Path(path).expanduser()).model
