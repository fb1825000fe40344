"""A Keras model as a list of steps; the only module that touches Keras' own graph."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import keras
from keras.src.models.functional import Functional

from fullconv.errors import InputError

Shape = tuple[int | None, ...]

_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")  # where RGBToGrayscale has a gap


@dataclass(frozen=True)
class Operator:
    """One use of a function of `keras.ops` or of an arithmetic sign, such as `image / 255`."""

    name: str
    function: str  # its name in keras.ops
    arguments: tuple[Any, ...]  # a Slot where a tensor goes, also within lists; constants elsewhere
    _operation: Any

    def get_config(self) -> dict[str, Any]:
        """Return the values that are fixed beside the arguments."""
        return {key: value for key, value in self._settings().items() if key != "name"}

    def with_tensors(self, tensors: Sequence[Any]) -> list[Any]:
        """Return the arguments with tensors in their places."""
        return [_filled(place, tensors) for place in self.arguments]

    def apply(self, arguments: list[Any], name: str, **changes: Any) -> Any:
        """Return the tensor that the function makes of other arguments."""
        cls = type(self._operation)
        again = cls.from_config({**self._settings(), **changes})
        again.name = name
        return again(*arguments)

    def _settings(self) -> dict[str, Any]:
        try:
            return dict(self._operation.get_config())
        except NotImplementedError as error:
            raise InputError(
                f"operator {self.name!r}", f"{self.function} was given arrays that cannot be saved", "Give numbers."
            ) from error


@dataclass(frozen=True)
class Slot:
    """The place of the n-th tensor among an operator's arguments."""

    number: int


def _filled(place: Any, tensors: Sequence[Any]) -> Any:
    if isinstance(place, list):
        return [_filled(part, tensors) for part in place]
    return tensors[place.number] if isinstance(place, Slot) else place


@dataclass(frozen=True)
class Step:
    """One call of one layer or operator, with the tensors (by identity) that it reads and writes."""

    layer: Any
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    shapes: tuple[Shape, ...]  # of the inputs


@dataclass(frozen=True)
class Graph:
    """A model's steps in an order in which they can be computed."""

    steps: tuple[Step, ...]
    inputs: tuple[Any, ...]
    outputs: tuple[Any, ...]


def is_nested(layer: Any) -> bool:
    """Return whether a layer is itself a graph of layers."""
    return isinstance(layer, keras.Sequential | Functional)


def graph_of(model: Any) -> Graph:
    """Return the graph of a Functional or Sequential model.

    Raises:
        InputError: the model has no graph to walk (subclassed, or not built), or a call depends on more
            than its tensors.
    """
    functional = _functional(model)
    return Graph(tuple(_steps(functional)), tuple(functional.inputs), tuple(functional.outputs))


def _functional(model: Any) -> Any:
    if isinstance(model, keras.Sequential):
        functional = getattr(model, "_functional", None)
        if functional is None:
            raise InputError(
                f"model {model.name!r}",
                "a Sequential model that was never built",
                "Let it begin with keras.Input(shape=(height, width, channels)).",
            )
    else:
        functional = model
    if not isinstance(functional, Functional) or _overrides_call(model):
        raise InputError(
            f"model {model.name!r}",
            f"{type(model).__name__} computes in its own call(), so it has no graph of layers to walk",
            "Rebuild it as a Functional or Sequential model and copy its weights.",
        )
    return functional


def _overrides_call(model: Any) -> bool:
    # A subclass of a Functional model has a graph, but need not compute it.
    plain = keras.Sequential if isinstance(model, keras.Sequential) else Functional
    return type(model).call is not plain.call


def _steps(functional: Any) -> Iterator[Step]:
    by_depth = functional._nodes_by_depth
    reached = {id(tensor) for tensor in functional.inputs}
    for depth in sorted(by_depth, reverse=True):
        for node in by_depth[depth]:
            outputs = tuple(id(tensor) for tensor in node.outputs)
            if node.is_input or reached.issuperset(outputs):
                continue
            reached.update(outputs)
            tensors = node.input_tensors
            ids, shapes = tuple(map(id, tensors)), tuple(tuple(tensor.shape) for tensor in tensors)
            yield Step(_callee(node), ids, outputs, shapes)


def _callee(node: Any) -> Any:
    """Return the layer or operator that a node calls."""
    operation, arguments = node.operation, node.arguments
    if isinstance(operation, keras.Layer):
        _check_call(operation.name, arguments.args, arguments.kwargs)
        return operation
    cls = type(operation)
    function = _WORDS.sub("_", cls.__name__).lower()
    home = keras.ops.image if cls.__module__ == "keras.src.ops.image" else keras.ops
    if not cls.__module__.startswith("keras.src.ops.") or not hasattr(home, function):
        function = f"{cls.__module__}.{cls.__name__}"
    _check_call(operation.name, (), arguments.kwargs)
    numbers = iter(range(len(node.input_tensors)))
    places = tuple(_place(value, numbers) for value in arguments.args)
    return Operator(str(operation.name), function, places, operation)


def _place(value: Any, numbers: Iterator[int]) -> Any:
    if isinstance(value, list | tuple) and any(map(_is_tensor, value)):
        return [_place(part, numbers) for part in value]
    return Slot(next(numbers)) if _is_tensor(value) else value


def _check_call(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    plain = (argument for argument in args if argument is not None)
    # `training` is no matter: in prediction Keras replaces it by False, whatever the call said.
    kept = {key: value for key, value in kwargs.items() if key != "training" and _is_given(value)}
    if kept or not all(_is_tensors(argument) for argument in plain):
        raise InputError(
            f"layer {name!r}",
            f"called with more than its input tensors ({', '.join(kept) or 'a constant'})",
            "Use a layer that keeps such values in its configuration.",
        )


def _is_given(value: Any) -> bool:
    # Of a model with several inputs Keras keeps a list of masks that are not there.
    return any(part is not None for part in value) if isinstance(value, list | tuple) else value is not None


def _is_tensor(argument: Any) -> bool:
    return isinstance(argument, keras.KerasTensor)


def _is_tensors(argument: Any) -> bool:
    if isinstance(argument, list | tuple):
        return all(_is_tensors(part) for part in argument)
    return _is_tensor(argument)
