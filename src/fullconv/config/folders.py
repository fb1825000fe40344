"""Folders that hold a model, as a person names one."""

from collections.abc import Sequence
from pathlib import Path

from fullconv.errors import InputError

CONVERSION, CLASSIFIER = "conversion.keras", "classifier.keras"  # what a folder of ours holds
MEANING = "meaning.json"  # what the classifier of a conversion reads, and the names of its classes


def model_in(path: Path, names: Sequence[str] = (CONVERSION, CLASSIFIER)) -> Path:
    """Return the file that a path means: itself, or in a folder the first of `names` that is there, or the only model.

    Raises:
        InputError: a folder that holds none, or several without one of our names.
    """
    if not path.is_dir():
        return path
    for name in names:
        if (path / name).is_file():
            return path / name
    models = sorted(path.glob("*.keras"))
    if len(models) != 1:
        held = f"a folder that holds {len(models)} .keras files" if models else "a folder without a .keras file"
        raise InputError("classifier", f"{path}: {held}", "Name the file itself.")
    return models[0]
