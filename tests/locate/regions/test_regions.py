"""Boxes from a map of evidence."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fullconv.locate.regions.boxes import border_of, extent_of, regions_of

FloatArray = np.ndarray


def hills(*places: tuple[float, float, float, float], side: int = 60) -> FloatArray:
    """Bells at (row, col) of a height and a spread in cells."""
    y, x = np.mgrid[:side, :side]
    bells = [
        height * np.exp(-((y - row) ** 2 + (x - col) ** 2) / (2 * spread**2)) for row, col, height, spread in places
    ]
    return np.sum(bells, axis=0).astype(np.float32)


def test_an_object_ends_where_its_extent_is_a_half() -> None:
    evidence = hills((30, 25, 9, 8))
    (region,) = regions_of(evidence)
    assert (region.mask == (extent_of(evidence) >= 0.5)).all()
    x, y, width, height = region.box
    rows, cols = np.nonzero(evidence >= border_of(evidence))
    assert (x, y, width, height) == (cols.min(), rows.min(), np.ptp(cols) + 1, np.ptp(rows) + 1)
    assert region.evidence == evidence.max()


def test_a_large_object_ends_at_a_share_of_the_percentile_a_small_one_at_a_share_of_its_peak() -> None:
    large, small = hills((30, 30, 9, 12)), hills((30, 30, 9, 1))
    assert border_of(large) == pytest.approx(0.4 * np.percentile(large, 95))
    assert border_of(small) == pytest.approx(0.15 * 9)


def test_two_objects_apart_are_two() -> None:
    first, second = regions_of(hills((15, 15, 9, 4), (45, 45, 6, 4)))
    assert first.evidence > second.evidence
    assert first.mask[15, 15]
    assert second.mask[45, 45]
    assert not (first.mask & second.mask).any()


def test_two_that_touch_are_parted_at_a_deep_saddle_alone() -> None:
    assert len(regions_of(hills((30, 18, 9, 6), (30, 42, 9, 6)))) == 2
    assert len(regions_of(hills((30, 23, 9, 6), (30, 37, 9, 6)))) == 1


def test_a_weak_second_peak_is_no_object() -> None:
    (only,) = regions_of(hills((15, 15, 9, 4), (45, 45, 4, 4)))
    assert only.mask[15, 15]


def test_without_evidence_there_is_nothing() -> None:
    nothing = np.zeros((5, 7), np.float32)
    assert regions_of(nothing) == []
    assert not extent_of(nothing).any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (2, 2)])
def test_maps_of_a_few_cells_have_their_object(shape: tuple[int, int]) -> None:
    (region,) = regions_of(np.ones(shape, np.float32))
    assert region.box == (0, 0, shape[1], shape[0])


@given(st.integers(0, 2**32 - 1), st.floats(1e-3, 1e3))
def test_scale_of_the_evidence_does_not_matter(seed: int, factor: float) -> None:
    rng = np.random.default_rng(seed)
    evidence = hills(*((*rng.uniform(0, 24, 2), *rng.uniform(1, 6, 2)) for _ in range(3)), side=24)
    scaled = (evidence * np.float32(factor)).astype(np.float32)
    assert [one.box for one in regions_of(evidence)] == [one.box for one in regions_of(scaled)]
    assert extent_of(scaled) == pytest.approx(extent_of(evidence), abs=1e-4)
