"""Boxes that may share pixels with one, found by grids."""

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fullconv.locate.peaks import nearby as nearby_module
from fullconv.locate.peaks.nearby import Nearby
from fullconv.locate.peaks.suppression import kept, without_parts

# What all are looked at, however many; and none.
ALL, GRIDS = 10**9, 0


@st.composite
def boxes(draw: st.DrawFn) -> Any:
    """Return boxes of many sizes, some of them far off, some with corners on whole powers of two."""
    count, seed = draw(st.integers(1, 60)), draw(st.integers(0, 10**6))
    rng = np.random.default_rng(seed)
    spread = draw(st.sampled_from([10.0, 100.0, 3000.0]))
    low = rng.uniform(-spread, spread, (count, 2))
    sides = 2.0 ** rng.uniform(draw(st.sampled_from([-3, 0, 4])), draw(st.sampled_from([5, 9])), (count, 2))
    made = np.concatenate([low, sides], axis=1)
    return np.round(made / 8) * 8 if draw(st.booleans()) else made


def overlapping(every: Any, index: int) -> set[int]:
    low, high = every[:, :2], every[:, :2] + every[:, 2:]
    shared = np.minimum(high, high[index]) - np.maximum(low, low[index])
    return set(np.nonzero((shared > 0).all(axis=1))[0].tolist())


@given(every=boxes())
def test_whoever_overlaps_is_found_and_nobody_twice(every: Any) -> None:
    nearby = Nearby(every, few=GRIDS)
    for index in range(len(every)):
        found = nearby(index).tolist()
        assert len(found) == len(set(found))
        assert set(found) >= overlapping(every, index) | {index}


def test_of_many_boxes_few_are_looked_at() -> None:
    rng = np.random.default_rng(0)
    every = np.concatenate([rng.uniform(0, 4000, (5000, 2)), rng.uniform(10, 40, (5000, 2))], axis=1)
    nearby = Nearby(every)
    counts = [len(nearby(index)) for index in range(0, 5000, 50)]
    assert max(counts) < 60
    assert len(Nearby(every[:2000])(7)) == 2000


@given(every=boxes(), overlap=st.sampled_from([0.0, 0.3, 0.7]), seed=st.integers(0, 99), of_others=st.booleans())
@example(every=np.array([[0, 0, 8, 8], [0, 0, 64, 64], [2, 2, 12, 12.0]]), overlap=0.3, seed=0, of_others=True)
def test_what_stays_and_what_is_lowered_is_the_same_by_grids(
    every: Any, overlap: float, seed: int, of_others: bool
) -> None:
    rng = np.random.default_rng(seed)
    odds, labels = rng.normal(0, 3, len(every)), rng.integers(0, 3, len(every))
    answers = []
    for few in (ALL, GRIDS):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Nearby.__init__, "__defaults__", (few,))
            answers.append((kept(every, overlap), without_parts(every, odds, labels, of_others)))
    (all_kept, all_lowered), (grid_kept, grid_lowered) = answers
    np.testing.assert_array_equal(grid_kept, all_kept)
    np.testing.assert_array_equal(grid_lowered, all_lowered)


def test_grids_are_what_many_boxes_are_found_by(monkeypatch: pytest.MonkeyPatch) -> None:
    """A check of the test above: both ways are taken."""
    made: list[float] = []
    grid = nearby_module._grid

    def told(every: Any, which: Any, side: float) -> Any:
        made.append(side)
        return grid(every, which, side)

    monkeypatch.setattr(nearby_module, "_grid", told)
    every = np.array([[0, 0, 3, 3], [1, 1, 30, 2.0]])
    Nearby(every, few=ALL)
    assert made == []
    Nearby(every, few=GRIDS)
    assert made == [4.0, 32.0]
