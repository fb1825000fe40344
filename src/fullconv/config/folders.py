"""Folders that hold a model, as a person names one."""

from collections.abc import Sequence
from pathlib import Path

from fullconv.errors import InputError

CONVERSION, CLASSIFIER = "conversion.keras", "classifier.keras"  # what a folder of ours holds
MEANING = "meaning.json"  # what the classifier of a conversion reads, and the names of its classes
FINDER = "finder.json"  # what the network of a finder means and how it searches: what `fullconv train out=DIR` wrote
BOXES = "boxes.npz"  # the box regression of a finder
_OF_A_FINDER = (FINDER, "validation.json")  # one of these tells it, so that a missing one is named
MODELS = (".keras", ".h5", ".hdf5")  # files of Keras, by their names
_WEIGHTS = ".weights.h5"  # of a model that is saved beside them
_UNPACKED = ("saved_model.pb", "config.json")  # a folder with one of these is a model itself


def is_finder(folder: Path) -> bool:
    """Return whether a folder is one that `fullconv train out=DIR` wrote, whole or not."""
    return any((folder / name).is_file() for name in _OF_A_FINDER)


def model_in(path: Path, names: Sequence[str] = (CONVERSION, CLASSIFIER)) -> Path:
    """Return the file that a path means: itself, or in a folder the first of `names` that is there, or the only model.

    A folder that is a model, and one without any, is returned: what reads it says what it is.

    Raises:
        InputError: a folder that holds several, none under one of our names.
    """
    if not path.is_dir():
        return path
    for name in names:
        if (path / name).is_file():
            return path / name
    if any((path / name).is_file() for name in _UNPACKED):
        return path
    files = sorted(one for one in path.iterdir() if one.is_file() and one.suffix.lower() in MODELS)
    models = [one for one in files if not one.name.endswith(_WEIGHTS)] or files
    if len(models) > 1:
        held = f"{path}: a folder that holds {len(models)} models, {models[0].name} among them"
        raise InputError("classifier", held, "Name the file itself.")
    return models[0] if models else path
