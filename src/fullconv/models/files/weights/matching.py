"""The arrays of a file → the variables of a rebuilt network: by name where names agree, else in order; shapes agree."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fullconv.models.files.refused.refusal import RefusalError, short
from fullconv.models.files.weights.parts import Part
from fullconv.models.files.weights.slots import RUNNING, Array, Pairs, Slot, orders, without_states

_MEND = "Get the file anew, or the weights that belong to this architecture."
_ROLES = {*RUNNING, "kernel", "bias", "gamma", "beta", "depthwise_kernel", "pointwise_kernel"}


def _fits(slots: Sequence[Slot], arrays: Sequence[Array]) -> bool:
    return len(slots) == len(arrays) and all(
        slot.shape == array.shape and (array.role in slot.roles or not {slot.role, array.role} <= _ROLES)
        for slot, array in zip(slots, arrays, strict=True)
    )


def _by_name(slots: Sequence[Slot], arrays: Sequence[Array]) -> Pairs | None:
    """Return each variable with the one array that is called as its layer and its role; None where one has none."""
    found: dict[tuple[str, str], list[Array]] = {}
    for array in arrays:
        layer = array.name.rpartition("/")[0]
        for depth in range(layer.count("/") + 1):
            found.setdefault((layer.split("/", depth)[-1], array.role), []).append(array)
    pairs = [(slot, [one for role in slot.roles for one in found.get((slot.layer, role), [])]) for slot in slots]
    if len(slots) != len(arrays) or any(len(ones) != 1 or ones[0].shape != slot.shape for slot, ones in pairs):
        return None
    return [(slot, ones[0]) for slot, ones in pairs]


def matched(part: Part, arrays: Sequence[Array]) -> Pairs:
    """Return each variable of a layer or a network with its array.

    Raises:
        RefusalError: some are missing, left over or of another shape: the first is named.
    """
    arrays = without_states(arrays)
    possible = list(orders(part))
    by_name = _by_name(possible[0], arrays)
    if by_name is not None:
        return by_name
    for slots in possible:
        if _fits(slots, arrays):
            return list(zip(slots, arrays, strict=True))
    raise misfit(part.name, possible[0], arrays)


def misfit(name: str, slots: Sequence[Slot], arrays: Sequence[Array]) -> RefusalError:
    """Return the refusal of weights that do not belong to a layer."""
    for slot, array in zip(slots, arrays, strict=False):
        if slot.shape != array.shape:
            what = f"{slot.layer}/{slot.role} is {slot.shape} and {short(array.name, 60)} of the file is {array.shape}"
            return RefusalError(f"its weights do not fit: {short(what, 170)}", _MEND)
    what = f"layer {short(name, 40)!r} has {len(slots)} arrays of weights, and the file {len(arrays)}"
    if len(slots) > len(arrays):
        missing = slots[len(arrays)]
        what += f": {short(missing.layer, 40)}/{missing.role} is missing"
    return RefusalError(what, _MEND)


def fill(pairs: Pairs) -> None:
    """Give each variable its numbers."""
    for slot, array in pairs:
        slot.variable.assign(np.asarray(array.read(), str(slot.variable.dtype)))
    for holder in {id(slot.holder): slot.holder for slot, _ in pairs}.values():
        if hasattr(holder, "finalize_state"):  # Normalization computes with what it makes of its weights
            holder.finalize_state()


def fill_by_keras(model: Any, path: Path) -> None:
    """Let Keras find the weights of its own layers, whatever it raises: a layer of a person's own may keep its own way.

    It warns of lists of a network's layers that no file holds.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.load_weights(path)
