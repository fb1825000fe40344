"""What a tensor of the classifier is, and what stands for it in the conversion."""

from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from fullconv.convert.geometry import Geometry, Pair
from fullconv.convert.rules.affine import Affine


class Kind(Enum):
    """What a tensor of the classifier is; in the conversion each is a map `(N, H', W', C)`."""

    MAP = "feature map"  # (N, H, W, C) or (N, C, H, W)
    FLAT = "flattened feature map"  # (N, H · W · C), still to be weighed by a dense layer
    SCALED = "flattened feature map with a scale for each number"  # the same, the scale left to the dense layer
    PLANE = "map without an axis of channels"  # (N, H, W); in the conversion it has one channel
    POOLED = "pooled map"  # (N, 1, 1, C) or (N, C, 1, 1)
    VECTOR = "vector"  # (N, C)


@dataclass(frozen=True)
class Value:
    """A tensor of the conversion and what it stands for in the classifier."""

    tensor: Any  # symbolic, (N, H', W', C)
    kind: Kind
    grid: Pair  # its (rows, columns) at training size
    field: Geometry  # what a cell has seen
    channels_first: bool = False  # the classifier's tensor is (N, C, H, W), or was when it was flattened
    pool: str = ""  # the layer that summed up the whole map, if one did
    affine: Affine | None = None  # of a scaled map, in the classifier's order

    @property
    def channels(self) -> int:
        """The length of the channel axis."""
        return int(self.tensor.shape[-1])

    @property
    def rank(self) -> int:
        """How many axes the classifier's tensor has."""
        if self.kind is Kind.PLANE:
            return 3
        return 4 if self.kind in (Kind.MAP, Kind.POOLED) else 2

    @property
    def channel_axis(self) -> int:
        """Which of these axes holds the channels."""
        return 3 if self.rank == 4 and not self.channels_first else 1

    @property
    def spatial_axes(self) -> Pair:
        """Which axes of a rank-4 tensor hold rows and columns."""
        return (2, 3) if self.channels_first else (1, 2)

    def is_channel_axis(self, axis: Any) -> bool:
        """Return whether an axis, given alone or in a list, is that of the channels."""
        alone = axis[0] if isinstance(axis, list | tuple) and len(axis) == 1 else axis
        if self.kind is Kind.PLANE:
            return False
        return isinstance(alone, int) and alone in (self.channel_axis, self.channel_axis - self.rank)

    def with_tensor(self, tensor: Any) -> "Value":
        """Return the same, computed further cell by cell."""
        return replace(self, tensor=tensor)


# What layers can read that compute each number, or each cell, alone.
NUMBERS = (Kind.MAP, Kind.PLANE, Kind.POOLED, Kind.VECTOR, Kind.FLAT)
CELLS = (Kind.MAP, Kind.POOLED, Kind.VECTOR)
