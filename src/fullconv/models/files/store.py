"""Weights as `.keras` files hold them: `layers/conv2d_1/vars/0`, by the class of each layer and its number."""

import re
from functools import partial
from typing import Any

import h5py

from fullconv.models.files.hdf5 import numbers
from fullconv.models.files.parts import Part
from fullconv.models.files.refusal import RefusalError, short
from fullconv.models.files.weights import Array, Pairs, misfit, slots_of

_MEND = "Save the classifier anew with Keras 3, model.save('name.keras')."
_LAYERS = ("layers", "_layer_checkpoint_dependencies", "_self_tracked_trackables")  # by the versions of Keras 2


def snake(kind: str) -> str:
    """Return a class's name as Keras writes it in a path: `Conv2D` is `conv2d`, `ReLU` is `re_lu`."""
    kind = re.sub(r"\W+", "", kind)
    kind = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", kind)
    return re.sub("([a-z])([A-Z])", r"\1_\2", kind).lower()


def _group(group: h5py.Group, names: tuple[str, ...]) -> h5py.Group | None:
    for name in names:
        held = group.get(name)
        if isinstance(held, h5py.Group):
            return held
    return None


def pairs_of(network: Part, group: h5py.Group) -> Pairs:
    """Return each variable of a network that Keras 2 wrote as a `.keras` file with its array.

    Raises:
        RefusalError: weights are missing or of another shape.
    """
    held = _group(group, _LAYERS)
    if held is None:
        raise RefusalError(f"it holds no weights of {short(network.name, 40)!r}", _MEND)
    counts: dict[str, int] = {}
    pairs: Pairs = []
    seen: set[int] = set()
    for part in network.parts:
        name = snake(part.kind)
        count = counts.get(name, 0)
        counts[name] = count + 1
        inner = held.get(f"{name}_{count}" if count else name)
        if id(part.layer) in seen or part.layer is None or part.kind == "InputLayer":
            continue
        seen.add(id(part.layer))
        if part.parts and isinstance(inner, h5py.Group):
            pairs += pairs_of(part, inner)
        else:
            pairs += _own(part, inner)
    return pairs


def _own(part: Part, group: Any) -> Pairs:
    slots = slots_of(part)
    held = group.get("vars") if isinstance(group, h5py.Group) else None
    arrays = []
    for index in range(len(slots)):
        array = held.get(str(index)) if isinstance(held, h5py.Group) else None
        if isinstance(array, h5py.Dataset):
            name = f"{part.name}/{index}"
            arrays.append(Array(name, tuple(array.shape), partial(numbers, array, name)))
    if [slot.shape for slot in slots] != [array.shape for array in arrays]:
        raise misfit(part.name, slots, arrays)
    return list(zip(slots, arrays, strict=True))
