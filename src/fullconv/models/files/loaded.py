"""A classifier of a person's own, and what its file says of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import keras

# The number of classes that a file of weights has → the network that they belong to.
Architecture: TypeAlias = Callable[[int], "keras.Model"]


@dataclass(frozen=True)
class Loaded:
    """A classifier that was read from a file.

    `kind` says in words what the file is, such as "HDF5 of Keras 2.4.0". `pixels` is the range that the network reads
    (a key of `RANGES`) where the kind of file tells it, else None.
    """

    model: "keras.Model"
    kind: str
    pixels: str | None = None
