"""What an engine knows about a step beside its maps."""

from dataclasses import dataclass
from typing import Any

from fullconv.dense.weights import Weights


@dataclass(frozen=True)
class Known:
    """The rows and columns of what a step reads, and what its network is like.

    Maps may be longer than `lengths`: what lies beyond has no meaning. `padded` tells whether any layer pads;
    `weights` are those of a convolution.
    """

    lengths: tuple[Any, Any]  # interleaved cells
    padded: bool
    weights: Weights | None
