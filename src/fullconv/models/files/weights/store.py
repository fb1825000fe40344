"""Weights as `.keras` files hold them: `layers/conv2d_1/vars/0`, by the class of each layer and its number."""

import re
from functools import partial

import h5py

from fullconv.models.files.hdf5 import numbers
from fullconv.models.files.weights.matching import misfit
from fullconv.models.files.weights.parts import Part
from fullconv.models.files.weights.slots import Array, Pairs, slots_of

_LAYERS = ("layers", "_layer_checkpoint_dependencies")  # by the versions of Keras 2


def snake(kind: str) -> str:
    """Return a class's name as Keras writes it in a path: `Conv2D` is `conv2d`, `ReLU` is `re_lu`."""
    kind = re.sub(r"\W+", "", kind)
    kind = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", kind)
    return re.sub("([a-z])([A-Z])", r"\1_\2", kind).lower()


def arrays_of(file: h5py.File) -> dict[str, Array]:
    """Return the arrays of a file by their paths; on Windows Keras 2 wrote some with backslashes."""
    found: dict[str, Array] = {}

    def keep(name: str, held: object) -> None:
        if isinstance(held, h5py.Dataset):
            path = name.replace("\\", "/")
            found[path] = Array(path, tuple(held.shape), partial(numbers, held, path))

    file.visititems(keep)
    return found


def pairs_of(network: Part, arrays: dict[str, Array], above: str = "") -> Pairs:
    """Return each variable of a network that Keras 2 wrote as a `.keras` file with its array.

    Raises:
        RefusalError: weights are missing or of another shape.
    """
    folders = [f"{above}{name}/" for name in _LAYERS]
    folder = next((one for one in folders if any(path.startswith(one) for path in arrays)), folders[0])
    counts: dict[str, int] = {}
    pairs: Pairs = []
    seen: set[int] = set()
    for part in network.parts:
        name = snake(part.kind)
        count = counts.get(name, 0)
        counts[name] = count + 1
        inner = f"{folder}{name}_{count}/" if count else f"{folder}{name}/"
        if part.layer is not None and part.kind != "InputLayer" and id(part.layer) not in seen:
            seen.add(id(part.layer))
            pairs += pairs_of(part, arrays, inner) if part.parts else _own(part, arrays, inner)
    return pairs


def _own(part: Part, arrays: dict[str, Array], folder: str) -> Pairs:
    slots = slots_of(part)
    paths = [f"{folder}vars/{index}" for index in range(len(slots))]
    held = [arrays[path] for path in paths if path in arrays]
    if [slot.shape for slot in slots] != [array.shape for array in held]:
        raise misfit(part.name, slots, held)
    return list(zip(slots, held, strict=True))
