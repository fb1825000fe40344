"""Differences gathered in batches are those of all scores at once."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fullconv.proof.differences import Differences, hardly_differ, share_of_size


def gathered(wanted: np.ndarray, got: np.ndarray, batch: int) -> Differences:
    found = Differences()
    for start in range(0, len(wanted), batch):
        found.add(wanted[start : start + batch], got[start : start + batch])
    return found


@settings(max_examples=50)
@given(st.integers(0, 2**32 - 1), st.integers(1, 20), st.integers(1, 5), st.integers(1, 20))
def test_batches_give_what_all_rows_at_once_give(seed: int, rows: int, classes: int, batch: int) -> None:
    rng = np.random.default_rng(seed)
    wanted = rng.normal(size=(rows, classes)).astype(np.float32)
    got = wanted + rng.normal(0, 0.5, (rows, classes)).astype(np.float32)
    found = gathered(wanted, got, batch)
    apart = np.abs(wanted.astype(float) - got)
    assert found.count == rows
    assert found.largest == pytest.approx(apart.max())
    assert found.mean == pytest.approx(apart.mean())
    assert found.agreement == pytest.approx(np.mean([one.argmax() == two.argmax() for one, two in zip(wanted, got)]))  # noqa: B905
    assert found.size == pytest.approx(np.abs(wanted).max())
    assert found.spread == pytest.approx(max(column.max() - column.min() for column in wanted.T.astype(float)))


def test_nothing_compared_is_no_figure() -> None:
    found = Differences()
    assert found.largest is found.mean is found.agreement is found.size is found.spread is None
    assert not hardly_differ(found.spread, found.size)


def test_nan_is_as_far_apart_as_can_be() -> None:
    found = gathered(np.zeros((2, 1), np.float32), np.array([[0], [np.nan]], np.float32), 1)
    assert found.largest == float("inf")


@pytest.mark.parametrize(
    ("spread", "size", "hardly"),
    [(0.0, 1.0, True), (0.04, 1.0, True), (0.06, 1.0, False), (0.0, 0.0, True), (5e-5, 1e-4, False)],
)
def test_spread_is_judged_by_the_largest_score(spread: float, size: float, hardly: bool) -> None:
    assert hardly_differ(spread, size) == hardly


def test_share_of_size() -> None:
    assert share_of_size(1.0, 4.0) == 0.25
    assert share_of_size(None, None) is None
