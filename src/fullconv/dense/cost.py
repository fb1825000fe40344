"""What a pass over a plan costs, from its shapes alone: the same on every machine, so that choices are too."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from fullconv.convert.conversion import Conversion
from fullconv.convert.cost.by_area import ByArea
from fullconv.convert.geometry import Pair
from fullconv.dense.bands import lengths_along, rows_kept
from fullconv.dense.operations import Convolution, Pool
from fullconv.dense.plan import Plan, Step

Doubles = npt.NDArray[np.float64]

BYTES = 4  # of a number
# What a common processor does; only their ratios matter here. `benchmarks/dense.py` measures the real thing.
_PRODUCTS = 2e11  # a second
_BYTES = 1.5e10  # a second
_CALL = 5e-5  # seconds to start one operation
# Operations of a step that goes on from a band before, beside its own: put together, cut off.
_CARRIED_CALLS = 4


@dataclass(frozen=True)
class Cost:
    """One pass: multiplications with an addition, bytes read and written, bytes alive at once."""

    products: float
    moved: float
    peak: float
    operations: int

    @property
    def seconds(self) -> float:
        """A model of its time, fit for comparing passes, not for telling the time."""
        return self.products / _PRODUCTS + self.moved / _BYTES + self.operations * _CALL

    def times(self, passes: float) -> "Cost":
        """Return the cost of several passes, one after another."""
        return Cost(self.products * passes, self.moved * passes, self.peak, round(self.operations * passes))


class Costs:
    """What an engine's pass over a plan costs, for images of any size; `stitch` counts one shift of a coarse plan."""

    def __init__(self, plan: Plan, engine: str) -> None:
        """Take the plan and the engine's name."""
        self._plan = plan
        self._channels = np.array([plan.channels[0], *(step.channels for step in plan.steps)], np.float64)
        self._products = np.array(
            [0, *(one.operation.products if isinstance(one.operation, Convolution) else 0 for one in plan.steps)],
            np.float64,
        )
        self._passes = np.array([_passes(step, engine) for step in plan.steps])
        # By step: the maps that it reads, and those that are there while it computes, what it writes among them.
        self._reads, self._alive = _reads(plan), _alive(plan)
        self._lengths: dict[Pair, Doubles] = {}

    def __call__(self, size: Pair, bands: int = 1) -> Cost:
        """Return the cost of one image of `size` pixels, in so many bands."""
        rows, cols = (self._along(axis, size[axis]) for axis in (0, 1))
        wide = cols * self._channels * BYTES  # bytes of a row
        amounts = rows * wide / bands
        touched = (self._reads @ amounts + amounts[1:]) * self._passes
        peaks = self._alive @ amounts + amounts[1:] * (self._passes > 1)
        operations = len(self._plan.steps)
        if bands > 1:
            kept = self._kept @ wide
            carries = self._kept.sum(axis=1) > 0
            # What was kept and what is new are put together; what is for the next band is there beside both.
            together = (self._reads @ amounts + kept) * carries
            touched += 2 * together
            peaks += together + 2 * kept.sum()
            operations += _CARRIED_CALLS * int(carries.sum())
        products = float((self._products * rows * cols).sum())
        return Cost(products, float(touched.sum() * bands), float(peaks.max(initial=amounts[0])), operations * bands)

    def _along(self, axis: int, length: int) -> Doubles:
        if (axis, length) not in self._lengths:
            self._lengths[axis, length] = np.array([*lengths_along(self._plan, axis, length).values()], np.float64)
        return self._lengths[axis, length]

    @cached_property
    def _kept(self) -> Doubles:
        """Rows of each map that each step keeps for the next band."""
        kept = np.zeros_like(self._reads)
        turns = rows_kept(self._plan)
        for index, step in enumerate(self._plan.steps):
            for number, rows in zip(step.reads, turns.get(step.writes, ()), strict=False):
                kept[index, number] += rows
        return kept


def rough_costs(conversion: Conversion) -> Callable[[Pair], Cost]:
    """Return about what the network's own map costs, by an image's size, where not all of its layers are known."""
    by_area, layers = ByArea(conversion), len(conversion.model.layers)

    def rough(size: Pair) -> Cost:
        peak = by_area.bytes_of(size)
        return Cost(by_area.work_of(size), peak * layers, peak, layers)

    return rough


def _reads(plan: Plan) -> Doubles:
    reads = np.zeros((len(plan.steps), len(plan.steps) + 1))
    for index, step in enumerate(plan.steps):
        for number in step.reads:
            reads[index, number] += 1
    return reads


def _alive(plan: Plan) -> Doubles:
    last = {number: index for index, step in enumerate(plan.steps) for number in step.reads}
    alive = np.zeros((len(plan.steps), len(plan.steps) + 1))
    alive[: last.get(0, 0) + 1, 0] = 1
    for index, step in enumerate(plan.steps):
        alive[index : last.get(step.writes, len(plan.steps)) + 1, step.writes] = 1
    return alive


def _passes(step: Step, engine: str) -> float:
    """Return how often a step goes over its maps; a layer does so once."""
    spaced = step.before.spacing != (1, 1)
    if engine == "fragment":
        return 2.0 if step.split != (1, 1) else 1.0
    if engine == "dilate" and spaced:
        if isinstance(step.operation, Pool):
            return 2.0  # rows, then columns
        if isinstance(step.operation, Convolution) and step.operation.by_channel:
            return 3.0  # TensorFlow goes through fragments and back
    return 1.0
