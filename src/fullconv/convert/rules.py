"""What a layer becomes: a registry of rules, keyed by the layer's class."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any

from fullconv.convert.geometry import Geometry, Pair
from fullconv.errors import InputError

if TYPE_CHECKING:
    from fullconv.convert.rewrite import Rewrite


class Kind(Enum):
    """What a tensor of the classifier is; in the conversion each is a map `(N, H', W', C)`."""

    MAP = "feature map"  # (N, H, W, C)
    FLAT = "flattened feature map"  # (N, H · W · C), still to be weighed by a dense layer
    POOLED = "pooled map"  # (N, 1, 1, C)
    VECTOR = "vector"  # (N, C)


@dataclass(frozen=True)
class Value:
    """A tensor of the conversion and what it stands for in the classifier."""

    tensor: Any  # symbolic, (N, H', W', C)
    kind: Kind
    grid: Pair  # its (rows, columns) at training size
    field: Geometry  # what a cell has seen

    @property
    def channels(self) -> int:
        """The length of the last axis."""
        return int(self.tensor.shape[-1])

    def with_tensor(self, tensor: Any) -> "Value":
        """Return the same, computed further cell by cell."""
        return replace(self, tensor=tensor)


Rule = Callable[["Rewrite", Any, list[Value]], Value]
RULES: dict[type, Rule] = {}


def rule(*classes: type) -> Callable[[Rule], Rule]:
    """Register a function as the rule of these layer classes.

    It is found by exact class: a subclass may compute something else.
    """

    def register(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(classes, function))
        return function

    return register


def rule_for(layer: Any) -> Rule:
    """Return the rule of a layer.

    Raises:
        InputError: the layer's class has none.
    """
    found = RULES.get(type(layer))
    if found is None:
        known = ", ".join(sorted({cls.__name__ for cls in RULES}))
        kind = type(layer).__name__
        reason = "its function cannot be read" if kind == "Lambda" else "no rule says what it becomes"
        raise refusal(layer, f"{kind}: {reason}", f"Use layers that have a rule ({known}), or register one.")
    return found


def refusal(layer: Any, received: str, mend: str) -> InputError:
    """Return the error that names a layer."""
    return InputError(f"layer {str(layer.name)!r}", received, mend)


def only(layer: Any, values: list[Value], *kinds: Kind) -> Value:
    """Return the single value that a layer reads.

    Raises:
        InputError: there are several, or it is of another kind.
    """
    if len(values) != 1:
        raise refusal(layer, f"reads {len(values)} tensors", "Give it one.")
    value = values[0]
    if kinds and value.kind not in kinds:
        wanted = " or ".join(kind.value for kind in kinds)
        raise refusal(
            layer, f"{type(layer).__name__} reads a {value.kind.value}", f"It can be converted on a {wanted}."
        )
    return value


def check_channels_last(layer: Any) -> None:
    """Raise InputError if a layer keeps its channels first."""
    if getattr(layer, "data_format", "channels_last") != "channels_last":
        raise refusal(layer, "keeps its channels first", "Rebuild the model with data_format='channels_last'.")
