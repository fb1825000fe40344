"""Dense engines against one another: three ways to one map, so their results must agree."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.convert.conversion import Conversion
from fullconv.convert.geometry import Geometry, Pair
from fullconv.dense.densify import ENGINES, densify
from fullconv.errors import InputError
from fullconv.proof.differences import Differences
from fullconv.proof.work import Work

Image = npt.NDArray[np.float32]  # (H, W, C)

ORACLE = "stitch"  # plain forward passes of the conversion: nothing in it is new
MOST_SHIFTS = 4  # along one axis


@dataclass(frozen=True)
class EngineDifference:
    """One engine against shift-and-stitch: differences of scores, or why it `cannot` run the network."""

    max_difference: float | None
    mean_difference: float | None
    cannot: str | None


@dataclass(frozen=True)
class DenseProof:
    """What was compared: dense maps at `stride` of one image of `size` (height, width), both in pixels.

    Only `cells` whose receptive field lies inside the image count; beyond it, padding is the engine's own
    business. `auto` is the engine that is taken when none is named, for an image of twice the window, at stride 1;
    None where none can be. `skipped` says why nothing was compared.
    """

    auto: str | None
    stride: Pair
    size: Pair
    cells: int
    spread: float | None
    engines: dict[str, EngineDifference]
    skipped: str | None


@dataclass(frozen=True)
class Plan:
    """A comparison that is affordable: the dense maps' stride and the least image (height, width), in pixels."""

    stride: Pair
    size: Pair
    operations: float  # multiply-adds of shift-and-stitch


def plan_for(conversion: Conversion, work: Work, budget: float) -> Plan | None:
    """Return the finest comparison within a budget of multiply-adds, or None if there is none."""
    stride = conversion.geometry.stride
    both = product(_divisors(stride[0]), _divisors(stride[1]))
    shifts = sorted(both, key=lambda pair: (math.prod(pair), min(pair)), reverse=True)
    # Without a shift every engine is the network itself.
    for down, across in [pair for pair in shifts if pair != (1, 1)] or shifts:
        fine = (stride[0] // down, stride[1] // across)
        size = _least_size(conversion, fine)
        plan = Plan(fine, size, _operations(conversion, work, size, fine))
        if plan.operations <= budget:
            return plan
    return None


def compare_engines(
    conversion: Conversion,
    work: Work,
    budget: float,
    engines: Sequence[str],
    given: Image | None,
    sample: Callable[[Pair], Image],
) -> DenseProof:
    """Compare dense engines with shift-and-stitch on the image `given`, or a random one if that is too small.

    `sample` makes a random image of a (height, width). No comparison costs more than `budget` multiply-adds.
    """
    plan = plan_for(conversion, work, budget)
    try:
        auto = densify(conversion, engine="auto").engine
        if plan is None:
            reach = conversion.receptive_field.window
            reason = f"a cell depends on {reach[0]}×{reach[1]} pixels: comparing would take too long"
            return _nothing(conversion, auto, reason)
        image = _fitting(conversion, work, budget, plan, given)
        return _compared(conversion, auto, plan, engines, sample(plan.size) if image is None else image)
    except InputError as error:
        return _nothing(conversion, None, str(error))


def _nothing(conversion: Conversion, auto: str | None, reason: str) -> DenseProof:
    return DenseProof(auto, conversion.geometry.stride, (0, 0), 0, None, {}, reason)


def _compared(conversion: Conversion, auto: str, plan: Plan, engines: Sequence[str], image: Image) -> DenseProof:
    oracle = densify(conversion, engine=ORACLE, stride=plan.stride, pixels=None)
    field = _field(conversion, plan.stride, oracle.geometry.offset)
    inside = _inside(field, conversion.geometry.stride, image.shape[:2])
    wanted = _rows(oracle(image[np.newaxis]), inside)
    itself = Differences()
    itself.add(wanted, wanted)
    found = {name: _against(conversion, name, plan.stride, image, inside, wanted) for name in engines if name != ORACLE}
    return DenseProof(auto, plan.stride, image.shape[:2], itself.count, itself.spread, found, None)


def check_engines(engines: Sequence[str] | None) -> tuple[str, ...]:
    """Return the engines to compare, all of them for None.

    Raises:
        InputError: a name that is no engine's.
    """
    for name in engines or ():
        if name not in ENGINES:
            raise InputError("engines", f"received {name!r}", f"Choose from {', '.join(ENGINES)}.")
    return tuple(ENGINES if engines is None else engines)


def _against(
    conversion: Conversion, name: str, stride: Pair, image: Image, inside: tuple[slice, slice], wanted: Any
) -> EngineDifference:
    try:
        dense = densify(conversion, engine=name, stride=stride, pixels=None)
        got = _rows(dense(image[np.newaxis]), inside)
    except InputError as error:
        return EngineDifference(None, None, str(error))
    found = Differences()
    found.add(wanted, got)
    return EngineDifference(found.largest, found.mean, None)


def _rows(maps: Any, inside: tuple[slice, slice]) -> Any:
    kept = maps[0][inside]
    return kept.reshape(-1, kept.shape[-1])


def _divisors(stride: int) -> list[int]:
    return [shifts for shifts in range(1, MOST_SHIFTS + 1) if stride % shifts == 0]


def _field(conversion: Conversion, stride: Pair, offset: Pair) -> Geometry:
    """Return the windows and what they depend on, for a dense map whose first window starts at `offset`."""
    whole, start = conversion.receptive_field.united(conversion.geometry), conversion.geometry.offset
    first = (offset[0] + whole.offset[0] - start[0], offset[1] + whole.offset[1] - start[1])
    return Geometry(whole.window, stride, first)


def _hidden(field: Geometry, coarse: Pair, axis: int) -> int:
    """Return how many first cells may have seen padding; each shift of shift-and-stitch has a border of its own."""
    before = max(0, math.ceil(-field.offset[axis] / coarse[axis]))
    return before * coarse[axis] // field.stride[axis]


def _least_size(conversion: Conversion, stride: Pair) -> Pair:
    """Return the size of an image in which some cells' receptive fields lie, one of every shift at least."""
    field, coarse = _field(conversion, stride, conversion.geometry.offset), conversion.geometry.stride
    sides = []
    for axis in (0, 1):
        shifts = coarse[axis] // stride[axis]
        last = _hidden(field, coarse, axis) + shifts + axis + 1
        side = field.offset[axis] + last * stride[axis] + field.window[axis]
        sides.append(max(side, conversion.window[axis]))
    return sides[0], sides[1]


def _operations(conversion: Conversion, work: Work, size: Pair, stride: Pair) -> float:
    shifts = math.prod(conversion.geometry.stride) // math.prod(stride)
    return work.operations * math.prod(size) / math.prod(conversion.window) * shifts


def _fitting(conversion: Conversion, work: Work, budget: float, plan: Plan, given: Image | None) -> Image | None:
    """Return the image a person gave, cut where it is too large to afford; None where it is too small."""
    if given is None or given.shape[0] < plan.size[0] or given.shape[1] < plan.size[1]:
        return None
    affordable = _operations(conversion, work, (given.shape[0], given.shape[1]), plan.stride) <= budget
    return given if affordable else given[: plan.size[0], : plan.size[1]]


def _inside(field: Geometry, coarse: Pair, size: Pair) -> tuple[slice, slice]:
    """Return the rows and columns of a dense map that no padding reaches in an image of (height, width)."""
    spans = []
    for axis in (0, 1):
        first = _hidden(field, coarse, axis)
        stop = (size[axis] - field.window[axis] - field.offset[axis]) // field.stride[axis] + 1
        spans.append(slice(first, max(first, stop)))
    return spans[0], spans[1]
