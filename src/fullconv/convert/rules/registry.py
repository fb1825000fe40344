"""What a layer becomes: a registry of rules, keyed by the layer's class."""

from collections.abc import Callable
from typing import Any

from fullconv.convert.graph import Operator
from fullconv.convert.rules.rewriting import Rewriting
from fullconv.convert.rules.values import Kind, Value
from fullconv.convert.subclasses import of_keras, overridden, parent_of
from fullconv.errors import InputError

Rule = Callable[[Rewriting, Any, list[Value]], Value | list[Value]]  # a list where a layer writes several tensors
RULES: dict[type, Rule] = {}
REFUSALS: dict[str, tuple[str, str]] = {}  # by the class's name: why, and what would help


def rule(*classes: type) -> Callable[[Rule], Rule]:
    """Register a function as the rule of these layer classes; also for layers of your own.

    The function `(rewrite, layer, values) → value` gets the values that the layer reads and returns what it
    writes. `rewrite.call(layer, cls, config, weights, tensors)` applies the layer that takes its place,
    `value.with_tensor(tensor)` returns its output where each cell is computed alone. A layer that reads
    neighbours changes `grid` and `field` too (`Geometry.then`) and calls `rewrite.note_padding` if it pads;
    one with a stride finds `rewrite.spare(value, stride)` cells more at the end of its input. Return the value that
    came in and the layer goes. Raise `refusal(…)` for what it cannot keep. A rule is found by exact class, because
    a subclass may compute something else:

        @rule(Scale)
        def scale(rewrite, layer, values):
            value = only(layer, values, Kind.MAP)
            tensor = rewrite.call(layer, Scale, layer.get_config(), layer.get_weights(), value.tensor)
            return value.with_tensor(tensor)
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
    if found is None or (of_keras(type(layer)) and overridden(layer)):
        raise _without_rule(layer)
    return found


def _without_rule(layer: Any) -> InputError:
    kind, parent = type(layer), parent_of(type(layer))
    if kind is parent and kind.__name__ in REFUSALS and kind not in RULES:
        reason, mend = REFUSALS[kind.__name__]
        return refusal(layer, f"{kind.__name__}: {reason}", mend)
    register = 'register a rule (docs/use/converting.md, "A layer of your own").'
    if kind is parent and kind not in RULES:
        return refusal(
            layer, f"{kind.__name__}: no rule says what it becomes", f"Use another layer of Keras, or {register}"
        )
    full = f"{kind.__module__}.{kind.__qualname__}"
    if parent not in RULES:
        return refusal(layer, f"{full}: no rule says what it becomes", f"Build it of Keras' own layers, or {register}")
    changed = ", ".join(f"{name}()" if callable(getattr(kind, name, None)) else name for name in overridden(layer)[:3])
    return refusal(
        layer,
        f"{full} is {'' if kind is parent else 'a subclass of '}Keras' {parent.__name__} with its own {changed}",
        f"Use keras.layers.{parent.__name__} itself if it computes the same, or {register}",
    )


def refusal(layer: Any, received: str, mend: str) -> InputError:
    """Return the error that names a layer or operator."""
    word = "operator" if isinstance(layer, Operator) else "layer"
    return InputError(f"{word} {str(layer.name)!r}", received, mend)


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


def dtype_of(layer: Any, value: Value) -> Any:
    """Return the number format for a new layer that serves another; an operator keeps that of its input."""
    return value.tensor.dtype if isinstance(layer, Operator) else layer.get_config()["dtype"]


def check_layout(layer: Any, value: Value) -> None:
    """Raise InputError if a layer looks for the channels on another axis than the one that holds them."""
    expected = "channels_first" if value.channels_first else "channels_last"
    received = getattr(layer, "data_format", None)
    if value.rank == 4 and received is not None and received != expected:
        raise refusal(
            layer,
            f"reads {received}, but its input is {expected}",
            f"Build it with data_format={expected!r}, or put a Permute layer before it.",
        )


def check_last_axis(layer: Any, value: Value) -> None:
    """Raise InputError if the classifier's last axis, on which a layer acts, is not that of the channels."""
    if not value.is_channel_axis(-1):
        raise refusal(
            layer, "acts on the last axis, which holds columns here", "Put a Permute((2, 3, 1)) layer before it."
        )
