"""A Keras model as a list of steps; the only module that touches Keras' own graph."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras

from fullconv.errors import InputError


@dataclass(frozen=True)
class Step:
    """One call of one layer, with the tensors (by identity) that it reads and writes."""

    layer: Any
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]

    @property
    def name(self) -> str:
        """The layer's name."""
        return str(self.layer.name)


@dataclass(frozen=True)
class Graph:
    """A model's steps in an order in which they can be computed."""

    steps: tuple[Step, ...]
    inputs: tuple[Any, ...]
    outputs: tuple[Any, ...]


def is_nested(layer: Any) -> bool:
    """Return whether a layer is itself a graph of layers."""
    return isinstance(layer, keras.Sequential) or _is_functional(layer)


def graph_of(model: Any) -> Graph:
    """Return the graph of a Functional or Sequential model.

    Raises:
        InputError: the model has no graph to walk (subclassed, or not built), or a call depends on more
            than its tensors.
    """
    functional = _functional(model)
    return Graph(tuple(_steps(functional)), tuple(functional.inputs), tuple(functional.outputs))


def _is_functional(model: Any) -> bool:
    return isinstance(model, keras.Model) and hasattr(model, "_nodes_by_depth")


def _functional(model: Any) -> Any:
    if isinstance(model, keras.Sequential):
        functional = getattr(model, "_functional", None)
        if functional is None:
            raise InputError(
                f"model {model.name!r}",
                "a Sequential model that was never built",
                "Let it begin with keras.Input(shape=(height, width, channels)).",
            )
        return functional
    if not _is_functional(model):
        raise InputError(
            f"model {model.name!r}",
            f"{type(model).__name__} computes in its own call(), so it has no graph of layers to walk",
            "Rebuild it as a Functional or Sequential model and copy its weights.",
        )
    return model


def _steps(functional: Any) -> Iterator[Step]:
    by_depth = functional._nodes_by_depth
    reached = {id(tensor) for tensor in functional.inputs}
    for depth in sorted(by_depth, reverse=True):
        for node in by_depth[depth]:
            outputs = tuple(id(tensor) for tensor in node.outputs)
            if node.is_input or reached.issuperset(outputs):
                continue
            _check_call(node)
            reached.update(outputs)
            yield Step(node.operation, tuple(id(tensor) for tensor in node.input_tensors), outputs)


def _check_call(node: Any) -> None:
    name = node.operation.name
    plain = (argument for argument in node.arguments.args if argument is not None)
    # `training` is no matter: in prediction Keras replaces it by False, whatever the call said.
    kept = {key: value for key, value in node.arguments.kwargs.items() if key != "training" and value is not None}
    if kept or not all(_is_tensors(argument) for argument in plain):
        raise InputError(
            f"layer {name!r}",
            f"called with more than its input tensors ({', '.join(kept) or 'a constant'})",
            "Use a layer that keeps such values in its configuration, for example Rescaling for image / 255.",
        )


def _is_tensors(argument: Any) -> bool:
    if isinstance(argument, list | tuple):
        return all(_is_tensors(part) for part in argument)
    return isinstance(argument, keras.KerasTensor)
