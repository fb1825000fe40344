"""Which pools over the whole map belong to the head, and which are joined to a map again.

Only the head's may go where each feature cell is scored alone.
"""

from typing import Any

from fullconv.convert.graph import Shape, graph_of, is_nested
from fullconv.convert.rules.pools import window_pool

Path = tuple[str, ...]  # the nested models around a layer, and its name


def inner_pools(model: Any) -> frozenset[Path]:
    """Return the pools whose summary is joined to a map that was not pooled."""
    inner: set[Path] = set()
    _walk(model, [frozenset()], (), inner)
    return frozenset(inner)


def _walk(model: Any, inputs: list[frozenset[Path]], path: Path, inner: set[Path]) -> list[frozenset[Path]]:
    """Return which pools each output of a model has come from, and add those that were joined to a map."""
    graph = graph_of(model)
    pools = {id(tensor): known for tensor, known in zip(graph.inputs, inputs, strict=True)}
    for step in graph.steps:
        read = [pools[tensor] for tensor in step.inputs]
        if is_nested(step.layer):
            pools.update(zip(step.outputs, _walk(step.layer, read, (*path, step.layer.name), inner), strict=True))
            continue
        known = frozenset().union(*read)
        if window_pool(step.layer) is not None:
            known |= {(*path, step.layer.name)}
        if known and _joins_map(read, step.shapes):
            inner |= known
            known = frozenset()
        pools.update(dict.fromkeys(step.outputs, known))
    return [pools[id(tensor)] for tensor in graph.outputs]


def _joins_map(read: list[frozenset[Path]], shapes: tuple[Shape, ...]) -> bool:
    return len(read) > 1 and any(not known and len(shape) == 4 for known, shape in zip(read, shapes, strict=True))
