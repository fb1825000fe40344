"""Weights as every HDF5 file of Keras lists them: a group for each layer, its arrays in an order."""

from functools import partial
from typing import Any

import h5py

from fullconv.models.files.hdf5 import names, numbers
from fullconv.models.files.refused.refusal import RefusalError, short
from fullconv.models.files.weights.matching import matched
from fullconv.models.files.weights.parts import Part
from fullconv.models.files.weights.slots import Array, Pairs, leaves, without_states

_MEND = "Get the file anew, or the weights that belong to this architecture."


def arrays_of(group: h5py.Group) -> dict[str, list[Array]]:
    """Return the arrays of each layer that a group of weights lists, in the file's order.

    Raises:
        RefusalError: it lists what is not there.
    """
    return {name: _arrays(group, name) for name in names(group, "layer_names")}


def _arrays(group: h5py.Group, layer: str) -> list[Array]:
    held: Any = group.get(layer)
    if not isinstance(held, h5py.Group):
        raise RefusalError(f"it lists a layer {short(layer, 60)!r} that it does not hold", _MEND)
    arrays = []
    for name in names(held, "weight_names"):
        array = held.get(name)
        if not isinstance(array, h5py.Dataset):
            raise RefusalError(f"it lists weights {short(name, 80)!r} that it does not hold", _MEND)
        arrays.append(Array(name, tuple(array.shape), partial(numbers, array, name)))
    return arrays


def pairs_of(network: Part, listed: dict[str, list[Array]]) -> Pairs:
    """Return each variable of a network with its array: layers by their names, else in the file's order.

    Raises:
        RefusalError: weights of a layer are missing, left over or of another shape.
    """
    held = {name: kept for name, arrays in listed.items() if (kept := without_states(arrays))}
    parts = {part.name: part for part in network.parts if any(one.layer.weights for one, _ in leaves(part))}
    if set(parts) == set(held):
        return [pair for name, part in parts.items() for pair in matched(part, held[name])]
    if len(parts) == len(held):
        both = zip(parts.values(), held.values(), strict=True)
        return [pair for part, arrays in both for pair in matched(part, arrays)]
    if len(held) == 1 or (len(parts) == 1 and next(iter(parts.values())).parts):
        # A network alone and within another are listed in two ways, and hold the same.
        return matched(network, [array for arrays in held.values() for array in arrays])
    missing = [name for name in parts if name not in held] or [name for name in held if name not in parts]
    raise RefusalError(
        f"its architecture has {len(parts)} layers with weights and the file weights of {len(held)}: "
        f"{short(missing[0], 60)!r} is in one of them only",
        _MEND,
    )
