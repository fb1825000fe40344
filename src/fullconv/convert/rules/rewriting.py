"""The conversion under way, as a rule sees it."""

from typing import Any, Protocol

from fullconv.convert.geometry import Pair
from fullconv.convert.graph import Operator
from fullconv.convert.rules.values import Value


class Rewriting(Protocol):
    """What a rule may ask of the conversion that it is part of, and tell it."""

    head: str  # window | cell
    cellwise: bool  # whether a global pool went, so that a cell is no longer the classifier

    def note(self, layer: Any, reason: str) -> None:
        """Record why a cell is not the classifier on its crop."""

    def note_padding(self, layer: Any, reason: str) -> None:
        """Record that a layer pads, and what a crop has there."""

    def spare(self, value: Value, stride: Pair) -> Pair:
        """Return how many cells are still to come, at training size, of the stride that the last cell stands for."""

    def full_name(self, layer: Any) -> str:
        """Return a layer's name after those of the nested models around it."""

    def is_inner(self, layer: Any) -> bool:
        """Return whether a layer pools the whole map for a summary that is joined to a map."""

    def weights_of(self, layer: Any) -> list[Any]:
        """Return a layer's weights, its kernels turned round if those of the classifier are."""

    def helper(self, cls: Any, layer: Any, value: Value, suffix: str, config: dict[str, Any]) -> Any:
        """Return a new layer without weights that serves `layer`, of the same number format."""

    def operate(self, operator: Operator, arguments: list[Any], **changes: Any) -> Any:
        """Apply an operator to other arguments."""

    def call(self, layer: Any, cls: Any, config: dict[str, Any], weights: list[Any], tensors: Any) -> Any:
        """Apply what `layer` becomes; a layer that is called twice keeps one set of weights."""
