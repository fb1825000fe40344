"""Which rows of each map come with each band of an image, so that no row is computed twice.

A layer that looks at several rows keeps the last ones that it still needs, and goes on from there when the next band
comes: nothing above a band is computed anew. Source of the idea, for chains of layers in hardware: Alwani, Chen,
Ferdman, Milder, *Fused-Layer CNN Accelerators*, 2016; here for any graph, with its padding, and for dense maps too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from fullconv.dense.operations import NONE, Amounts, Border, Cellwise, Convolution, Operation, Pool
from fullconv.dense.plan import Plan, Step, amounts_of, length_after


@dataclass(frozen=True)
class Turn:
    """What a step does when a band comes, in rows.

    It reads what it kept, then what is new (`given`, of each map that it reads), then `below` rows of padding, and
    `filling` ones that have no meaning: a layer computes one row in any case. It passes over `skip` of these, and makes
    `new` ones. From `keep` on `kept` rows (of each) are for the next band. The first `above` rows that it looks at are
    padding; `first` tells a border that it has still to be put above.
    """

    given: tuple[int, ...]
    below: int
    filling: int
    skip: int
    new: int
    keep: int
    kept: tuple[int, ...]
    above: int
    first: bool


@dataclass(frozen=True)
class Edges:
    """How a step moves along rows: padding above and below, from the first to past the last row seen, its stride."""

    above: int
    below: int
    span: int
    take: int
    repeat: int  # rows of the map's edge that are repeated; 0: padding has one value

    @property
    def carries(self) -> bool:
        """Whether the step needs rows of one band with the next."""
        return (self.above, self.below, self.span, self.take) != (0, 0, 1, 1)


def edges_of(step: Step) -> Edges:
    """Return how a step moves along rows."""
    operation, spacing = step.operation, step.before.spacing[0]
    above, below = (amount * spacing for amount in amounts_of(operation)[0])
    span = (operation.reach.span(0) - 1) * spacing + 1 if isinstance(operation, Convolution | Pool) else 1
    repeated = isinstance(operation, Border) and operation.repeat and (above, below) != (0, 0)
    return Edges(above, below, span, step.take[0], spacing if repeated else 0)


def carrying(step: Step) -> bool:
    """Return whether a step keeps rows from one band to the next, or waits for the later of several maps."""
    return len(step.reads) > 1 or edges_of(step).carries


def without_rows(operation: Operation) -> Operation:
    """Return the operation without what it adds above and below: those rows are given to it."""
    if isinstance(operation, Cellwise) or amounts_of(operation) == NONE:
        return operation
    amounts: Amounts = ((0, 0), amounts_of(operation)[1])
    if isinstance(operation, Border):
        return replace(operation, amounts=amounts)
    return replace(operation, reach=replace(operation.reach, padding=amounts))


def lengths_along(plan: Plan, axis: int, length: int) -> dict[int, int]:
    """Return the rows (axis 0) or columns (1) of each map, by its number, of an image of `length` pixels."""
    lengths = {0: length}
    for step in plan.steps:
        lengths[step.writes] = max(0, length_after(step, axis, lengths[step.reads[0]]))
    return lengths


class _Rows:
    """One step as bands come."""

    def __init__(self, step: Step, lengths: dict[int, int]) -> None:
        self._edges = edges_of(step)
        self._reads = step.reads
        self._before = [lengths[number] for number in step.reads]
        self._total = lengths[step.writes]
        self.made = 0
        self._read = [0] * len(step.reads)
        # Where what is kept begins, counted from where padding begins.
        self._start = min(self._edges.above, 0)
        self._kept = [max(0, self._edges.above)] * len(step.reads)
        self._below_given = False
        self._first = bool(self._edges.repeat)
        if self._first:
            self._start, self._kept = self._edges.above, [0] * len(step.reads)

    def turn(self, ends: dict[int, int]) -> Turn:
        """Return what the step does, now that the maps it reads have come so far."""
        edges = self._edges
        now = [ends[number] for number in self._reads]
        given = tuple(end - read for end, read in zip(now, self._read, strict=True))
        complete = all(end == length for end, length in zip(now, self._before, strict=True))
        below = max(0, edges.below) if complete and not self._below_given else 0
        self._below_given |= complete
        waits = bool(edges.repeat) and min(now) < edges.repeat
        first = self._first and not waits
        padded = edges.above + min(now) + (edges.below if complete else 0)
        ready = min(self._total, max(0, (padded - edges.span) // edges.take + 1)) if not waits else self.made
        start = 0 if first and edges.above > 0 else self._start
        head = max(0, edges.above) if first else 0
        rows = [kept + new + head + below for kept, new in zip(self._kept, given, strict=True)]
        skip = min(self.made * edges.take - start, *rows)
        new = ready - self.made
        filling = 0 if new else max(0, skip + edges.span - min(rows))
        wanted = ready * edges.take
        if edges.repeat:
            # The edge below is repeated from the last rows, whenever they come.
            wanted = min(wanted, edges.above + min(now) - edges.repeat) if not waits else start
        keep = min(max(0, wanted - start), *rows)
        kept = tuple(row - keep for row in rows) if not complete else (0,) * len(rows)
        above = max(0, edges.above - start - skip)
        turn = Turn(given, below, filling, skip, new, keep, kept, above, first)
        self.made, self._read, self._kept, self._start = ready, now, list(kept), start + keep
        self._first &= not first
        return turn


def turns(plan: Plan, height: int, ends: Sequence[int]) -> Iterator[tuple[dict[int, Turn], int]]:
    """Yield, for each band of an image of `height` rows, what each step that carries does, by the map it writes.

    With it comes how many rows of the result the band makes. `ends` are the rows of pixels at which bands end.
    """
    lengths = lengths_along(plan, 0, height)
    state = {step.writes: _Rows(step, lengths) for step in plan.steps if carrying(step)}
    done = 0
    for end in ends:
        maps, made = {0: end}, {}
        for step in plan.steps:
            rows = state.get(step.writes)
            if rows is None:
                maps[step.writes] = maps[step.reads[0]]
            else:
                made[step.writes] = rows.turn(maps)
                maps[step.writes] = rows.made
        yield made, maps[plan.result] - done
        done = maps[plan.result]


def rows_kept(plan: Plan) -> dict[int, tuple[int, ...]]:
    """Return how many rows each step that carries keeps for the next band, of each map that it reads, by its map."""
    unit, count = unit_of(plan), 2
    while lengths_along(plan, 0, count * unit)[plan.result] <= 0:
        count *= 2
    # Twice as many bands as the result needs: before the last one all steps are on their way.
    ends = [unit * (band + 1) for band in range(2 * count)]
    *_, (made, _), _ = turns(plan, ends[-1], ends)
    return {number: turn.kept for number, turn in made.items()}


def unit_of(plan: Plan) -> int:
    """Return the rows of pixels in which one of the network's own rows begins: bands are made of them."""
    return plan.layout.skipped[0] * plan.layout.spacing[0]


def ends_of(plan: Plan, height: int, bands: int) -> list[int]:
    """Return where so many bands of an image of `height` rows end, or fewer where it has not as many units."""
    unit = unit_of(plan)
    length = -(-height // (bands * unit)) * unit
    return [*range(length, height, length), height]
