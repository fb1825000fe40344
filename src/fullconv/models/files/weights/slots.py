"""Arrays of a file and variables of a network, and the orders in which Keras lists a network's variables."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy.typing as npt

from fullconv.models.files.weights.parts import Part

# What Keras 2 keeps beside the weights: states of generators of random numbers.
_STATES = ("StateVar", "seed_generator_state")
RUNNING = ("moving_mean", "moving_variance", "mean", "variance", "count")  # what is not trained of a layer


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
            (slot, slot.role not in RUNNING and (trained or not heed)) for trained, slots in held for slot in slots
        ]
        yield [slot for slot, first in tagged if first] + [slot for slot, first in tagged if not first]
    yield [slot for _, slots in held for slot in slots]
