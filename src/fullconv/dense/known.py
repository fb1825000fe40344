"""What an engine knows about a step beside its maps."""

from dataclasses import dataclass
from typing import Any

from fullconv.dense.weights import Weights


@dataclass(frozen=True)
class Known:
    """The rows and columns of what a step reads, and what its network is like.

    Maps may be longer than `lengths` where they are not `exact`: what lies beyond has no meaning. `weights` are those
    of a convolution. `true` (h,) tells the rows of a band from the padding above and below them, 1 from 0; None where
    there is no such row.
    """

    lengths: tuple[Any, Any]  # interleaved cells
    exact: bool
    weights: Weights | None
    true: Any = None
