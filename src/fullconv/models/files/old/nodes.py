"""Which layer reads which: the calls that Keras 1 and 2 wrote beside each layer, made again."""

from collections.abc import Iterator, Sequence
from typing import Any

from fullconv.models.files.old.layers import legal
from fullconv.models.files.old.operators import apply
from fullconv.models.files.refused.refusal import RefusalError, short
from fullconv.models.files.weights.parts import Part

_BROKEN = "Get the file anew: its graph is not that of a network."


def through(part: Part, values: Sequence[Any]) -> Any:
    """Return what a layer gives for its inputs."""
    tensor = values[0] if len(values) == 1 else list(values)
    for layer in (part.layer, *part.after):
        tensor = layer(tensor)
    return tensor


class _Graph:
    """What each layer of a network has given so far, call by call."""

    def __init__(self, listed: dict[str, Any], parts: list[Part]) -> None:
        self.parts = {part.name: part for part in parts}
        self.settings = {part.name: config.get("config") for part, config in zip(parts, listed["layers"], strict=True)}
        if len(self.parts) != len(parts):
            raise RefusalError("two of its layers have one name", _BROKEN)
        self.given = {part.name: [part.layer] for part in parts if part.kind == "InputLayer"}
        nodes = [one.get("inbound_nodes") for one in listed["layers"]]
        self.waiting = [
            (part, node)
            for part, calls in zip(parts, nodes, strict=True)
            if part.kind != "InputLayer"
            for node in (calls if isinstance(calls, list) else [])
        ]
        self.first: dict[str, int] = {}
        for name, call, *_ in [*self.read([nodes]), *self.read(listed.get("output_layers"))]:
            # Keras 2 numbers a network's calls from 1, because its making was one, where it knows its input.
            if self.parts[name].parts:
                self.first[name] = min(call, self.first.get(name, call))

    def is_reference(self, value: Any) -> bool:
        """Return whether this is `["name", call, output]`, perhaps with the call's options."""
        if not isinstance(value, list) or len(value) not in (3, 4):
            return False
        name, *places = value[:3]
        return isinstance(name, str) and name in self.parts and all(type(one) is int and one >= 0 for one in places)

    def read(self, value: Any, depth: int = 0) -> Iterator[list[Any]]:
        """Yield every reference in a part of the architecture."""
        if self.is_reference(value):
            yield value[:3]
            yield from self.read(value[3:], depth + 1)
        elif isinstance(value, list | dict) and depth < 16:
            for one in value.values() if isinstance(value, dict) else value:
                yield from self.read(one, depth + 1)

    def tensor(self, reference: list[Any]) -> Any:
        """Return what a reference stands for; None where that call was not made yet."""
        name, call, output = reference[:3]
        given = self.given.get(name, [])
        place = call - self.first.get(name, 0)
        if place >= len(given):
            return None
        outputs = given[place] if isinstance(given[place], list | tuple) else [given[place]]
        if output >= len(outputs):
            raise RefusalError(f"layer {short(name, 40)!r} has no output {output}", _BROKEN)
        return outputs[output]

    def call(self, part: Part, node: Any) -> bool:
        """Make a call whose inputs are there; return whether they were."""
        references = [node] if self.is_reference(node) else [one for one in node or [] if self.is_reference(one)]
        if not references:
            raise RefusalError(f"layer {short(part.name, 40)!r} reads nothing", _BROKEN)
        if any(self.tensor(one) is None for one in self.read(node)):
            return False
        values = [self.tensor(one) for one in references]
        options = references[0][3] if len(references[0]) == 4 else {}
        self.given.setdefault(part.name, []).append(
            through(part, values) if part.layer is not None else self.operated(part, values, options)
        )
        return True

    def operated(self, part: Part, values: list[Any], options: Any) -> Any:
        """Return what an operator gives."""
        plain = options if isinstance(options, dict) else {}
        resolved = {key: self.tensor(one) if self.is_reference(one) else one for key, one in plain.items()}
        result = apply(part.name, self.settings[part.name] or {}, values, resolved)
        if result is not values[0]:
            # Names of Keras' own choice could be those of other layers.
            result._keras_history.operation.name = legal(part.name)
        return result

    def run(self) -> None:
        """Make all calls, each when its inputs are there, those of one layer in their order."""
        while self.waiting:
            left: list[tuple[Part, Any]] = []
            for part, node in self.waiting:
                if any(other is part for other, _ in left) or not self.call(part, node):
                    left.append((part, node))
            if len(left) == len(self.waiting):
                raise RefusalError(f"layer {short(left[0][0].name, 40)!r} reads what no layer gives", _BROKEN)
            self.waiting = left


def functional(name: str, listed: dict[str, Any], parts: list[Part]) -> Any:
    """Return the model of a graph of layers.

    Raises:
        RefusalError: a call reads what no layer gives.
    """
    import keras

    graph = _Graph(listed, parts)
    graph.run()
    ends = [[graph.tensor(one) for one in graph.read(listed.get(key))] for key in ("input_layers", "output_layers")]
    if not all(end and all(one is not None for one in end) for end in ends):
        raise RefusalError("its graph has no input or no output", _BROKEN)
    return keras.Model(*(end[0] if len(end) == 1 else end for end in ends), name=legal(name))
