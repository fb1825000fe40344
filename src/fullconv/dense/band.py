"""One band of images through a network, as TensorFlow operations."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import tensorflow as tf

from fullconv.dense.bands import Turn, carrying, edges_of, without_rows
from fullconv.dense.dilate import dilate, pools_long
from fullconv.dense.known import Known
from fullconv.dense.operations import NONE, Pool
from fullconv.dense.plan import Plan, Step, amounts_of, length_after
from fullconv.dense.weights import Weights

State = dict[tuple[int, int], Any]  # rows (N, kept, W, C) by the map that a step writes, and which of its reads
# The numbers that tell a step what to do, before those of each map that it reads.
FIELDS = ("below", "filling", "skip", "new", "keep", "above", "first")


def numbers_of(turn: Turn) -> Iterator[int]:
    """Yield what a turn is, as numbers."""
    yield from (int(getattr(turn, name)) for name in FIELDS)
    yield from (*turn.given, *turn.kept)


def padding_of(step: Step, dtype: Any) -> Any:
    """Return the value of padding: a maximum sees none."""
    return dtype.min if isinstance(step.operation, Pool) and step.operation.maximum else tf.zeros((), dtype)


def is_long(step: Step, plan: Plan) -> bool:
    """Return whether a step makes maps that are whole strides long: it is given as many rows."""
    return carrying(step) and pools_long(step, plan.padded)


class Band:
    """One band through the network; `kept` is what is for the next one."""

    def __init__(self, plan: Plan, weights: dict[int, Weights], told: dict[int, list[Any]], state: State) -> None:
        """Take what steps do, as tensors by the map that they write, and what they kept."""
        self._plan, self._weights, self._state = plan, weights, state
        self._turns = {number: _turn(fields) for number, fields in told.items()}
        self.kept: State = {}
        # Maps that may have more rows than their turn says: what lies beyond has no meaning.
        self._loose: set[int] = set()
        self._cols: dict[int, Any] = {}

    def run(self, band: Any) -> Any:
        """Return what the network makes of a band; a result may have more rows than are new."""
        maps = {0: band}
        self._cols[0] = tf.shape(band)[2]
        for step in self._plan.steps:
            turn = self._turns.get(step.writes)
            if turn is None:
                maps[step.writes] = self._applied(step, [maps[step.reads[0]]])
                self._loose |= {step.writes} if step.reads[0] in self._loose else set()
            else:
                maps[step.writes] = self._carried(step, turn, [maps[number] for number in step.reads])
            self._cols[step.writes] = length_after(step, 1, self._cols[step.reads[0]])
        return maps[self._plan.result]

    def _carried(self, step: Step, turn: Turn, maps: list[Any]) -> Any:
        long, several = is_long(step, self._plan), len(maps) > 1
        # Without padding what has no meaning may as well fill up.
        loose = not several and step.reads[0] in self._loose
        tensors, shown = [], tf.maximum(turn.new, 1)
        for place, new in enumerate(maps):
            kept = tf.cast(self._state[step.writes, place], new.dtype)
            rows = _together(step, turn, kept, new if loose else new[:, : turn.given[place]], long)
            self.kept[step.writes, place] = tf.cast(rows[:, turn.keep : turn.keep + turn.kept[place]], tf.float32)
            rows = rows[:, turn.skip :]
            tensors.append(rows[:, :shown] if several else rows)
        made = self._applied(step, tensors, turn)
        if long or loose:
            self._loose.add(step.writes)
            return made
        return made[:, :shown]

    def _applied(self, step: Step, tensors: list[Any], turn: Turn | None = None) -> Any:
        rows, true = tf.shape(tensors[0])[1], None
        if turn is not None and isinstance(step.operation, Pool) and amounts_of(step.operation) != NONE:
            places = tf.range(rows)
            true = (places >= turn.above) & (places < rows - turn.below - turn.filling)
        lengths, weights = (rows, self._cols[step.reads[0]]), self._weights.get(step.writes)
        known = Known(lengths, not is_long(step, self._plan), weights, true)
        return dilate(replace(step, operation=without_rows(step.operation)), tensors, known)


def _together(step: Step, turn: Turn, kept: Any, new: Any, long: bool) -> Any:
    """Return the rows that were kept, the new ones, and those that are added."""
    edges = edges_of(step)
    count, length, width, channels = tf.unstack(tf.shape(new))
    rows, more = [kept, new], turn.filling
    if edges.repeat:
        known = tf.concat(rows, 1)
        first, last = known[:, : edges.repeat], known[:, tf.maximum(0, tf.shape(known)[1] - edges.repeat) :]
        above, below = edges.above // edges.repeat * turn.first, turn.below // edges.repeat
        rows = [tf.tile(first, [1, above, 1, 1]), known, tf.tile(last, [1, below, 1, 1])]
    else:
        more += turn.below
    if long:
        more += -(tf.shape(kept)[1] + length + more) % step.before.spacing[0]
    return tf.concat([*rows, tf.fill([count, more, width, channels], padding_of(step, new.dtype))], 1)


def _turn(fields: list[Any]) -> Turn:
    rest = fields[len(FIELDS) :]
    half = len(rest) // 2
    return Turn(given=tuple(rest[:half]), kept=tuple(rest[half:]), **dict(zip(FIELDS, fields, strict=False)))
