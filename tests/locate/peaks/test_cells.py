"""Cells of which some are known against whole maps."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fullconv.locate.peaks.cells import ASKED, UNKNOWN, Cells
from fullconv.locate.peaks.places import peaks_of


def drawn(data: st.DataObject) -> tuple[list[Any], np.random.Generator]:
    shapes = data.draw(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=4))
    rng = np.random.default_rng(data.draw(st.integers(0, 2**20)))
    return [rng.dirichlet([0.6] * 3, shape).astype(np.float32) for shape in shapes], rng


def added(maps: list[Any], known: list[Any], rng: np.random.Generator) -> Cells:
    """Return the cells of maps where `known` says so, in a random order and some of them twice."""
    cells = Cells.none([one.shape[:2] for one in maps], 3)
    places = np.array([(number, *place) for number, one in enumerate(known) for place in np.argwhere(one)], np.intp)
    places = rng.permutation(places.reshape(-1, 3))
    for part in (places[: len(places) // 2], places):
        scores = np.array([maps[number][row, col] for number, row, col in part], np.float32).reshape(-1, 3)
        for number, row, col in part:
            seen = cells.known(number)
            seen[row, col] = ASKED if seen[row, col] == UNKNOWN else seen[row, col]
        cells.add(part[:, 0], part[:, 1], part[:, 2], scores)
    return cells


@given(data=st.data())
def test_a_cell_is_found_where_it_is_known(data: st.DataObject) -> None:
    maps, rng = drawn(data)
    known = [rng.random(one.shape[:2]) < 0.5 for one in maps]
    cells = added(maps, known, rng)
    assert len(cells.table) == sum(int(one.sum()) for one in known)
    for number, one in enumerate(maps):
        rows, cols = (axis.ravel() for axis in np.mgrid[-1 : one.shape[0] + 1, -1 : one.shape[1] + 1])
        found = cells.find(np.full(len(rows), number), rows, cols)
        there = np.zeros((one.shape[0] + 2, one.shape[1] + 2), bool)
        there[1:-1, 1:-1] = known[number]
        np.testing.assert_array_equal(found != UNKNOWN, there.ravel())
        held = found[found != UNKNOWN]
        np.testing.assert_array_equal(cells.table[held], one[known[number]])
        assert [tuple(map(int, place)) for place in zip(*cells.named(held), strict=True)] == [
            (number, *map(int, place)) for place in np.argwhere(known[number])
        ]


@given(data=st.data())
def test_a_neighbourhood_is_complete_when_no_cell_in_the_map_lacks(data: st.DataObject) -> None:
    maps, rng = drawn(data)
    reach = data.draw(st.tuples(st.integers(0, 2), st.integers(0, 2)))
    known = [rng.random(one.shape[:2]) < 0.9 for one in maps]
    cells = added(maps, known, rng)
    for number, one in enumerate(known):
        rows, cols = (axis.ravel() for axis in np.indices(one.shape))
        wanted = [
            one[max(0, y - reach[0]) : y + reach[0] + 1, max(0, x - reach[1]) : x + reach[1] + 1].all()
            for y, x in zip(rows, cols, strict=True)
        ]
        np.testing.assert_array_equal(cells.complete(np.full(len(rows), number), rows, cols, reach), wanted)


@given(data=st.data())
def test_peaks_of_cells_that_came_one_by_one_are_those_of_whole_maps(data: st.DataObject) -> None:
    maps, rng = drawn(data)
    reach = data.draw(st.tuples(st.integers(1, 2), st.integers(1, 2)))
    cells = added(maps, [np.ones(one.shape[:2], bool) for one in maps], rng)
    mine, whole = (peaks_of(one, 2, 0.2, reach) for one in (cells, Cells.whole(maps)))
    for key in ("maps", "rows", "cols", "labels"):
        np.testing.assert_array_equal(getattr(mine, key), getattr(whole, key))
    for key in ("odds", "place", "heights"):
        np.testing.assert_allclose(getattr(mine, key), getattr(whole, key), rtol=1e-12)


def in_pairs(maps: Any, rows: Any, cols: Any) -> Any:
    """Return the image of maps of which two are an image's."""
    return maps // 2


def test_of_each_image_the_best_peaks_are_kept() -> None:
    rng = np.random.default_rng(0)
    maps = [rng.dirichlet([0.3] * 3, (30, 30)).astype(np.float32) for _ in range(4)]
    together = peaks_of(Cells.whole(maps), 2, 0.1, (1, 1), most=7, blocks=in_pairs)
    assert np.bincount(together.maps // 2).tolist() == [7, 7]
    for image in range(2):
        alone = peaks_of(Cells.whole(maps[2 * image : 2 * image + 2]), 2, 0.1, (1, 1), most=7, blocks=in_pairs)
        np.testing.assert_array_equal(together.odds[together.maps // 2 == image], alone.odds)
