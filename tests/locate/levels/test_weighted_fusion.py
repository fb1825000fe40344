"""Levels that count differently, against a sum by hand."""

import numpy as np
import pytest

from fullconv.convert.geometry import Geometry
from fullconv.locate.levels.fusion import fused
from fullconv.locate.levels.pyramid import Level

GRID = Geometry((4, 4), (4, 4), (0, 0))


def level(cells: tuple[int, int]) -> Level:
    """A level whose cells are those of the grid."""
    size = (4 * cells[0], 4 * cells[1])
    held = ((0, size[0]), (0, size[1]))
    return Level(size, size, (0, 0), (0, 0), cells, (1.0, 1.0), (2.0, 2.0), (4.0, 4.0), (4.0, 4.0), held)


@pytest.mark.parametrize("fuse", ["mean", "geometric"])
def test_each_image_has_its_own_weights(fuse: str) -> None:
    rng = np.random.default_rng(0)
    maps = [rng.uniform(0.1, 1, (2, 3, 3, 1)).astype(np.float32) for _ in range(2)]
    weights = np.array([[1.0, 0.25], [3.0, 0.5]], np.float32)
    result = fused(maps, [level((3, 3))] * 2, GRID, (3, 3), fuse, weights=weights)
    for image in range(2):
        one, two = (maps[place][image].astype(np.float64) for place in (0, 1))
        a, b = weights[:, image] / weights[:, image].sum()
        expected = a * one + b * two if fuse == "mean" else one**a * two**b
        assert result[image] == pytest.approx(expected, rel=1e-5)


def test_where_one_level_reaches_alone_its_weight_is_all() -> None:
    maps = [np.full((1, 2, 2, 1), 0.5, np.float32), np.full((1, 3, 3, 1), 0.25, np.float32)]
    weights = np.array([[1.0], [3.0]], np.float32)
    result = fused(maps, [level((2, 2)), level((3, 3))], GRID, (3, 3), "mean", weights=weights)[0, ..., 0]
    assert result[0, 0] == pytest.approx(0.5 / 4 + 0.25 * 3 / 4)
    assert result[2, 2] == 0.25


@pytest.mark.parametrize("fuse", ["max", "mean", "geometric"])
def test_a_cell_that_no_level_surrounds_has_the_nearest(fuse: str) -> None:
    wide, tall = np.full((1, 1, 3, 1), 0.5, np.float32), np.full((1, 3, 1, 1), 0.5, np.float32)
    result = fused([wide, tall], [level((1, 3)), level((3, 1))], GRID, (3, 3), fuse)
    assert result == pytest.approx(np.full((1, 3, 3, 1), 0.5))
