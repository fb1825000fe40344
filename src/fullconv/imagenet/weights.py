"""Weights of a network from a file, in any of the forms in which Keras saves them."""

import zipfile
from pathlib import Path
from typing import Any

from fullconv.errors import InputError
from fullconv.models.files.refused.foreign import of_bytes
from fullconv.models.files.refused.refusal import told
from fullconv.nearest import missing_file

_SUFFIXES = (".keras", ".h5", ".hdf5")


def existing_file(path: Path, also: tuple[str, ...] = ()) -> Path:
    """Return the path if it can hold weights.

    Raises:
        InputError: it is no file, or is not named like one of weights.
    """
    kinds = (*_SUFFIXES, *also)
    if path.suffix not in kinds:
        raise InputError(
            "weights",
            f"received {str(path)!r}",
            f"Give imagenet, none or a file named {', '.join(f'*{k}' for k in kinds)}.",
        )
    if not path.is_file():
        raise missing_file(path, "Give weights=FILE, a file that is there.")
    if path.suffix in _SUFFIXES:
        with path.open("rb") as file:
            head = file.read(4096)
        if not head.startswith(b"\x89HDF\r\n\x1a\n") and not zipfile.is_zipfile(path):
            raise told(path, of_bytes(head, path))
    return path


def load_into(models: list[Any], path: Path, name: str) -> None:
    """Load a file into the first of these models that it fits; they share their layers.

    Only weights are read: whatever else the file holds is neither built nor run.

    Raises:
        InputError: it fits none of them.
    """
    reasons = []
    for model in models:
        try:
            model.load_weights(path)
            return
        except Exception as error:  # what a broken or foreign file raises depends on where it differs
            reasons.append(" ".join(str(error).split()))
    raise InputError(
        str(path),
        f"not the weights of {name} with 1000 classes ({reasons[0][:200]})",
        "Give the network's own weights, or convert a network of your own with classifier=FILE.",
    )
