"""The arrays of a file → the variables of a rebuilt network: by name where names agree, else in order; shapes agree."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.models.files.parts import Part
from fullconv.models.files.refusal import RefusalError, short

_MEND = "Get the file anew, or the weights that belong to this architecture."
# What Keras 2 keeps beside the weights: states of generators of random numbers.
_STATES = ("StateVar", "seed_generator_state")
_RUNNING = ("moving_mean", "moving_variance", "mean", "variance", "count")  # what is not trained of a layer
_ROLES = (*_RUNNING, "kernel", "bias", "gamma", "beta", "depthwise_kernel", "pointwise_kernel")


@dataclass(frozen=True)
class Array:
    """An array of a file that was not read yet."""

    name: str  # "layer/kernel:0"
    shape: tuple[int, ...]
    read: Callable[[], npt.NDArray[Any]]

    @property
    def size(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)

    @property
    def role(self) -> str:
        """What it is of its layer: kernel, bias, gamma and so on."""
        return self.name.rpartition("/")[2].partition(":")[0]


@dataclass(frozen=True)
class Slot:
    """A variable that waits for its numbers."""

    layer: str
    variable: Any
    holder: Any  # its layer of Keras

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of its numbers."""
        return tuple(self.variable.shape)

    @property
    def role(self) -> str:
        """What it is of its layer."""
        return str(self.variable.name)

    @property
    def roles(self) -> tuple[str, ...]:
        """What a file may call it: Keras 2 called the kernel of a depthwise convolution so."""
        return (self.role, "depthwise_kernel") if type(self.holder).__name__ == "DepthwiseConv2D" else (self.role,)


Pairs = list[tuple[Slot, Array]]


def without_states(arrays: Sequence[Array]) -> list[Array]:
    """Return the arrays that are weights."""
    return [one for one in arrays if not one.role.startswith(_STATES)]


def leaves(part: Part) -> Iterator[tuple[Part, bool]]:
    """Yield the layers of a network in the file's order, each with whether it was trained; a layer used twice once."""
    seen: set[int] = set()
    for one, trained in _leaves(part, True):
        if id(one.layer) not in seen:
            seen.add(id(one.layer))
            yield one, trained


def _leaves(part: Part, trained: bool) -> Iterator[tuple[Part, bool]]:
    if part.parts:
        for inner in part.parts:
            yield from _leaves(inner, trained)
    elif part.layer is not None and part.kind != "InputLayer":
        yield part, trained and part.trainable


def slots_of(part: Part) -> list[Slot]:
    """Return the variables of one layer that a file holds, in Keras' order."""
    return [Slot(part.name, variable, part.layer) for variable in part.layer.weights]


def orders(part: Part) -> Iterator[list[Slot]]:
    """Yield the orders in which a file may hold the weights of a layer or a network, the likeliest first.

    Keras writes what is trained first, then the rest; of a frozen layer all is rest. A layer alone is in its own order.
    """
    held = [(trained, slots_of(one)) for one, trained in leaves(part)]
    for heed in (True, False):
        tagged = [
            (slot, slot.role not in _RUNNING and (trained or not heed)) for trained, slots in held for slot in slots
        ]
        yield [slot for slot, first in tagged if first] + [slot for slot, first in tagged if not first]
    yield [slot for _, slots in held for slot in slots]


def _fits(slots: Sequence[Slot], arrays: Sequence[Array]) -> bool:
    return len(slots) == len(arrays) and all(
        slot.shape == array.shape and (array.role in slot.roles or not {slot.role, array.role} <= set(_ROLES))
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
