"""A pass over images band by band: each step goes on from the rows that it kept (see `bands`)."""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from itertools import chain, pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from fullconv.convert.geometry import Pair
from fullconv.dense.ahead import ahead
from fullconv.dense.band import FIELDS, Band, is_long, numbers_of, padding_of
from fullconv.dense.bands import carrying, edges_of, lengths_along, turns
from fullconv.dense.fold import folded
from fullconv.dense.forward import weights_by_map
from fullconv.dense.plan import Plan, length_after

Images = npt.NDArray[Any]  # (N, H, W, C)
Scores = npt.NDArray[np.float32]  # (N, H', W', K)


class Carried:
    """The dilated network on images that come in bands of rows; no row of any map is computed twice."""

    def __init__(self, plan: Plan, dtype: str) -> None:
        """Take a plan, and the number format of images."""
        self._plan, self._dtype = folded(plan), dtype
        self._steps = [step for step in self._plan.steps if carrying(step)]
        self._channels = {0: plan.channels[0], **{step.writes: step.channels for step in self._plan.steps}}

    def __call__(self, rows: Callable[[int, int], Images], size: Pair, ends: Sequence[int]) -> Iterator[Scores]:
        """Yield the rows of the map (N, h, W', K) that each band makes: none at first, where a cell sees more.

        Images have `size` pixels; `rows` gives those (N, h, W, C) from a row up to one past the last, and `ends` are
        the rows at which bands end.
        """
        state: list[Any] = []
        bands = (partial(rows, start, end) for start, end in pairwise((0, *ends)))
        for given, (made, new) in zip(ahead(bands), turns(self._plan, size[0], ends), strict=True):
            band = tf.convert_to_tensor(given, self._dtype)
            state = state or self._nothing_yet(len(band), band.shape[2])
            numbers = np.fromiter(chain.from_iterable(numbers_of(made[step.writes]) for step in self._steps), np.int32)
            scores, *state = self._graph(band, tf.constant(numbers), tf.constant(new), *state)
            if new:
                yield np.asarray(scores)

    def _nothing_yet(self, count: int, width: int) -> list[Any]:
        """Return what steps have before the first band: the padding above."""
        widths, state = self._widths(width), []
        for step in self._steps:
            edges = edges_of(step)
            rows = 0 if edges.repeat else max(0, edges.above)
            for number in step.reads:
                shape = (count, rows, widths[number], self._channels[number])
                state.append(tf.fill(shape, padding_of(step, tf.float32)))
        return state

    def _widths(self, width: int) -> dict[int, int]:
        """Return the columns that maps have, also those of no meaning."""
        true, held = lengths_along(self._plan, 1, width), {0: width}
        for step in self._plan.steps:
            before = true[step.reads[0]] if len(step.reads) > 1 else held[step.reads[0]]
            if is_long(step, self._plan):
                held[step.writes] = true[step.reads[0]]
            else:
                held[step.writes] = length_after(step, 1, before)
        return held

    @cached_property
    def _graph(self) -> Any:
        weights = weights_by_map(self._plan)
        keys = [(step.writes, place) for step in self._steps for place in range(len(step.reads))]
        counts = [len(FIELDS) + 2 * len(step.reads) for step in self._steps]

        def run(band: Any, numbers: Any, new: Any, *state: Any) -> list[Any]:
            fields = iter(tf.unstack(numbers, sum(counts)))
            told = {
                step.writes: [next(fields) for _ in range(count)]
                for step, count in zip(self._steps, counts, strict=True)
            }
            one = Band(self._plan, weights, told, dict(zip(keys, state, strict=True)))
            scores = tf.cast(one.run(band)[:, :new], tf.float32)
            return [scores, *(one.kept[key] for key in keys)]

        channels = [self._channels[number] for step in self._steps for number in step.reads]
        signature = [
            tf.TensorSpec((None, None, None, self._plan.channels[0]), self._dtype),
            tf.TensorSpec((sum(counts),), tf.int32),
            tf.TensorSpec((), tf.int32),
            *(tf.TensorSpec((None, None, None, number), tf.float32) for number in channels),
        ]
        function = tf.function(run, input_signature=signature, autograph=False)
        return function if tf.config.functions_run_eagerly() else function.get_concrete_function()
