"""What a pass over a plan costs, from its shapes alone: the same on every machine, so that choices are too."""

from dataclasses import dataclass

from fullconv.convert.geometry import Pair
from fullconv.dense.operations import Convolution, Pool
from fullconv.dense.plan import Plan, Step, length_after

BYTES = 4  # of a number
# What a common processor does; only their ratios matter here. `benchmarks/dense.py` measures the real thing.
_PRODUCTS = 2e11  # a second
_BYTES = 1.5e10  # a second
_CALL = 5e-5  # seconds to start one operation


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


def cost_of(plan: Plan, engine: str, size: Pair) -> Cost:
    """Return the cost of one image of `size` pixels; engine `stitch` counts one shift of a coarse plan."""
    cells = {0: (size[0], size[1])}
    amount = {0: float(size[0] * size[1] * plan.channels[0] * BYTES)}
    last = {number: index for index, step in enumerate(plan.steps) for number in step.reads}
    products, moved, peak = 0.0, 0.0, amount[0]
    for index, step in enumerate(plan.steps):
        before = cells[step.reads[0]]
        rows, cols = (max(0, length_after(step, axis, before[axis])) for axis in (0, 1))
        cells[step.writes] = (rows, cols)
        amount[step.writes] = float(rows * cols * step.channels * BYTES)
        if isinstance(step.operation, Convolution):
            products += rows * cols * step.operation.products
        read = sum(amount[number] for number in step.reads)
        moved += (read + amount[step.writes]) * _passes(step, engine)
        peak = max(peak, sum(amount.values()) + amount[step.writes] * (_passes(step, engine) > 1))
        for number in set(step.reads):
            if last[number] == index:
                del amount[number]
    return Cost(products, moved, peak, len(plan.steps))


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
