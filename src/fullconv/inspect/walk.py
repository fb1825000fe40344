"""A network walked layer by layer in the order in which it computes; nested models are entered."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from fullconv.convert.graph import Step, graph_of, is_nested
from fullconv.errors import InputError

Visit = Callable[[str, Step, list[Any]], Sequence[Any]]  # name, call, one value an input → one value an output


def walk(model: Any, image: Any, visit: Visit) -> list[Any]:
    """Return the values of the model's outputs: `visit` makes each layer's from those of the layers before it.

    The first layer's are made from that of the `image`.

    A layer of a nested model is called `<model>/<layer>`; a layer's second call `<layer>:2`, and so on.

    Raises:
        InputError: the model has no graph of layers to walk, or more than one input.
    """
    count = len(graph_of(model).inputs)
    if count != 1:
        raise InputError(f"model {model.name!r}", f"reads {count} inputs", "Give a classifier of one image.")
    return _walk(model, [image], visit, "", Counter())


def _walk(model: Any, inputs: Sequence[Any], visit: Visit, prefix: str, calls: Counter[str]) -> list[Any]:
    graph = graph_of(model)
    known: dict[int, Any] = {id(tensor): value for tensor, value in zip(graph.inputs, inputs, strict=True)}
    for step in graph.steps:
        values = [known[one] for one in step.inputs]
        path = f"{prefix}{step.layer.name}"
        calls[path] += 1
        name = path if calls[path] == 1 else f"{path}:{calls[path]}"
        if is_nested(step.layer):
            made: Sequence[Any] = _walk(step.layer, values, visit, f"{name}/", calls)
        else:
            made = visit(name, step, values)
        known.update(zip(step.outputs, made, strict=True))
    return [known[id(tensor)] for tensor in graph.outputs]


def input_name(classifier: Any) -> str:
    """Return what the classifier's image is called.

    Raises:
        InputError: the model has no graph of layers to walk.
    """
    return str(graph_of(classifier).inputs[0].name)
