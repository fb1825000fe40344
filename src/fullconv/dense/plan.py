"""A converted network laid out for dense maps: which cells lie where after each step.

Where the network would keep every s-th cell, a dense map keeps all: as s·s *phases*. An engine stores them apart
(fragments) or interleaved (dilation); either way a later tap lies s cells further away. Sources: Giusti et al.,
*Fast Image Scanning with Deep Max-Pooling Convolutional Neural Networks*, 2013; Li, Zhao, Wang, *Highly Efficient
Forward and Backward Propagation of Convolutional Neural Networks for Pixelwise Classification*, 2014.
"""

import math
from dataclasses import dataclass, replace
from typing import Any

from fullconv.convert.conversion import Conversion
from fullconv.convert.geometry import Pair
from fullconv.convert.graph import Graph, graph_of
from fullconv.dense.operations import NONE, Amounts, Border, Convolution, Operation, Pool, operation_of


@dataclass(frozen=True)
class Layout:
    """Where the cells of a map lie.

    `skipped` is the stride that was truly taken so far, in pixels; `splits` the strides that became phases
    instead, first to last.
    """

    skipped: Pair = (1, 1)
    splits: tuple[Pair, ...] = ()

    @property
    def spacing(self) -> Pair:
        """Interleaved cells from one cell of a phase to its next."""
        return math.prod(split[0] for split in self.splits), math.prod(split[1] for split in self.splits)


@dataclass(frozen=True)
class Step:
    """One operation: the maps it reads and the one it writes, by number, and how they lie."""

    operation: Operation
    reads: tuple[int, ...]
    writes: int
    layouts: tuple[Layout, ...]  # of what it reads; they differ at most in how one stride was split
    after: Layout
    take: Pair  # the stride that the operation takes; the rest of its own becomes phases
    channels: int  # of what it writes

    @property
    def before(self) -> Layout:
        """The layout of what it reads."""
        return self.layouts[0]

    @property
    def split(self) -> Pair:
        """The phases that the operation adds."""
        return self.after.splits[-1] if len(self.after.splits) > len(self.before.splits) else (1, 1)


@dataclass(frozen=True)
class Plan:
    """The steps from an image to its dense map; maps are numbered, 0 is the image."""

    steps: tuple[Step, ...]
    result: int
    layout: Layout  # of the result
    channels: Pair  # of the image and of the result

    @property
    def padded(self) -> bool:
        """Whether a step adds cells around a map, so that an image's border matters."""
        return any(max(map(max, amounts_of(step.operation))) > 0 for step in self.steps)


def plan_of(conversion: Conversion, stride: Pair) -> Plan:
    """Return the steps to a map with cells `stride` pixels apart, or a divisor of that where strides do not nest.

    Raises:
        InputError: only shift-and-stitch can compute a layer.
    """
    try:
        return _plan(conversion, stride)
    except _LayoutsDifferError:
        # Branches that divide one stride differently: keep every cell, and thin out the result.
        return _plan(conversion, (1, 1))


class _LayoutsDifferError(Exception):
    """Two branches took different parts of one stride."""


def _plan(conversion: Conversion, stride: Pair) -> Plan:
    graph = graph_of(conversion.model)
    channels = _channels(graph)
    numbers = {id(graph.inputs[0]): 0}
    layouts = [Layout()]
    steps: list[Step] = []
    for node in graph.steps:
        operation = operation_of(node.layer)
        read = tuple(numbers[tensor] for tensor in node.inputs)
        before = tuple(layouts[number] for number in read)
        if len({layout.skipped for layout in before}) > 1:
            raise _LayoutsDifferError
        take, after = _moved(operation, before[0], stride)
        (output,) = node.outputs
        numbers[output] = len(layouts)
        steps.append(Step(operation, read, len(layouts), before, after, take, channels[output]))
        layouts.append(after)
    result = numbers[id(graph.outputs[0])]
    return Plan(tuple(steps), result, layouts[result], (channels[id(graph.inputs[0])], channels[id(graph.outputs[0])]))


def _channels(graph: Graph) -> dict[int, int]:
    """Return the channels of each map, by its tensor's identity."""
    shapes = [(id(tensor), tensor.shape) for tensor in graph.outputs]
    for node in graph.steps:
        shapes += zip(node.inputs, node.shapes, strict=True)
    return {tensor: int(shape[-1] or 0) for tensor, shape in shapes}


def _moved(operation: Operation, before: Layout, stride: Pair) -> tuple[Pair, Layout]:
    """Return the stride that an operation takes, and how its result lies."""
    if not isinstance(operation, Convolution | Pool):
        return (1, 1), before
    take, rest = [], []
    for axis, own in enumerate(operation.reach.stride):
        # Once there are phases, cells between those that are wanted belong to other phases too.
        whole = before.spacing[axis] == 1
        take.append(math.gcd(stride[axis] // before.skipped[axis], own) if whole else 1)
        rest.append(own // take[axis])
    skipped = (before.skipped[0] * take[0], before.skipped[1] * take[1])
    splits = before.splits if rest == [1, 1] else (*before.splits, (rest[0], rest[1]))
    return (take[0], take[1]), replace(before, skipped=skipped, splits=splits)


def amounts_of(operation: Operation) -> Amounts:
    """Return the cells that an operation adds around a map."""
    if isinstance(operation, Convolution | Pool):
        return operation.reach.padding
    return operation.amounts if isinstance(operation, Border) else NONE


def length_after(step: Step, axis: int, length: Any) -> Any:
    """Return how many interleaved cells a step makes of `length` along an axis, numbers or tensors."""
    operation, spacing = step.operation, step.before.spacing[axis]
    added = sum(amounts_of(operation)[axis]) * spacing
    lost = (operation.reach.span(axis) - 1) * spacing if isinstance(operation, Convolution | Pool) else 0
    return (length + added - lost - 1) // step.take[axis] + 1
