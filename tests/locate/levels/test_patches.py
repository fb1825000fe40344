"""Patches against the whole maps of their levels, and laid over a fused map."""

from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fullconv.convert.conversion import Conversion, convolutionalize
from fullconv.locate.levels.fusion import fused, grid_of, overlaid
from fullconv.locate.levels.network import Network
from fullconv.locate.levels.patches import Patch, Patches
from fullconv.locate.levels.pyramid import levels_of
from fullconv.locate.levels.scene import Scene
from fullconv.locate.peaks.cells import ASKED, Cells

pytestmark = pytest.mark.numeric


def network(padding: str) -> Conversion:
    """Return a small random network of stride 4."""
    keras.utils.set_random_seed(5)
    return convolutionalize(
        keras.Sequential(
            [
                keras.Input((16, 12, 1)),
                keras.layers.Conv2D(4, 3, padding=padding, activation="relu"),
                keras.layers.MaxPooling2D(2),
                keras.layers.Conv2D(5, 3, padding=padding, activation="relu"),
                keras.layers.MaxPooling2D(2),
                keras.layers.Flatten(),
                keras.layers.Dense(3, activation="softmax"),
            ]
        )
    )


NETWORKS = {padding: network(padding) for padding in ("valid", "same")}
IMAGES = np.random.default_rng(2).random((2, 40, 33, 1)).astype(np.float32)


def span(data: st.DataObject, cells: int) -> tuple[int, int]:
    start = data.draw(st.integers(0, cells - 1))
    return start, data.draw(st.integers(start + 1, cells))


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("stride", [None, 2, 1])
@settings(max_examples=12, deadline=None)
@given(data=st.data())
def test_a_patch_has_the_scores_of_the_whole_map(padding: str, stride: int | None, data: st.DataObject) -> None:
    sight = Network(NETWORKS[padding], stride)
    levels = levels_of([1.3, 0.8], (40, 33), sight, (2, 3))
    whole = [sight(level.image(IMAGES), 2) for level in levels]
    asked = []
    for _ in range(data.draw(st.integers(1, 4))):
        number = data.draw(st.integers(0, 3))
        rows, cols = (span(data, cells) for cells in levels[number % 2].cells)
        asked.append(Patch(number, rows, cols))
    seen = 0
    for corners, scores in Patches(Scene(IMAGES), levels, sight).computed(asked):
        seen += len(corners)
        for (number, row, col), one in zip(corners, scores, strict=True):
            assert Patch(number, (row, row + one.shape[0]), (col, col + one.shape[1])) in asked
            image, level = divmod(int(number), 2)
            expected = whole[level][image, row : row + one.shape[0], col : col + one.shape[1]]
            np.testing.assert_allclose(one, expected, atol=1e-5)
    assert seen == len(asked)


def test_many_patches_of_a_map_are_the_whole_of_it() -> None:
    sight = Network(NETWORKS["valid"], 2)
    levels = levels_of([1.3, 0.8], (40, 33), sight, None)
    patches = Patches(Scene(IMAGES), levels, sight)
    few = [Patch(2, (0, 1), (0, 1))]
    assert list(patches.worth(few)) == few
    rows, cols = levels[1].cells
    many = [Patch(3, (row, row + 1), (0, cols)) for row in range(rows)]
    assert list(patches.worth([*few, *many])) == [*few, Patch(3, (0, rows), (0, cols))]


@settings(max_examples=20, deadline=None)
@given(factor=st.floats(0.5, 1.0), share=st.sampled_from([1.0, 0.6]), seed=st.integers(0, 1000))
def test_cells_laid_over_a_fused_map_are_as_if_fused(factor: float, share: float, seed: int) -> None:
    sight = Network(NETWORKS["valid"], 2)
    levels = levels_of([1.0, factor], (40, 33), sight, None)
    grid, shape = grid_of(levels, (40, 33), sight.geometry)
    maps = [sight(level.image(IMAGES), 2) for level in levels]
    rng = np.random.default_rng(seed)
    known = [rng.random(levels[1].cells) < share for _ in IMAGES]
    cells = Cells.none([level.cells for level in levels] * 2, 3)
    for image, one in enumerate(known):
        rows, cols = np.nonzero(one)
        cells.known(2 * image + 1)[one] = ASKED
        cells.add(np.full(len(rows), 2 * image + 1), rows, cols, maps[1][image, rows, cols])
    laid = fused(maps[:1], levels[:1], grid, shape, "max", 2)
    first = laid.copy()
    overlaid(laid, grid, levels, cells.known, cells.table, 2)
    both: Any = fused(maps, levels, grid, shape, "max", 2)
    reached = fused([np.ones_like(one) for one in maps[:1]], levels[:1], grid, shape, "max")[..., 0] > 0
    assert reached.all()
    # Wherever all four cells around a place are known it is as if fused, elsewhere as it was.
    for image, one in enumerate(known):
        taken = (laid[image] != first[image]).any(axis=-1)
        np.testing.assert_allclose(laid[image][taken], both[image][taken], atol=1e-6)
        if one.all():
            np.testing.assert_allclose(laid[image], both[image], atol=1e-6)


@given(data=st.data())
def test_the_window_around_a_cell_is_what_the_cell_sees(data: st.DataObject) -> None:
    reader = Network(NETWORKS["valid"], data.draw(st.sampled_from([None, 2, 1])))
    levels = levels_of([1.0, 0.7], IMAGES.shape[1:3], reader, (3, 2))
    number = data.draw(st.integers(0, 2 * len(levels) - 1))
    level = levels[number % len(levels)]
    row, col = (data.draw(st.integers(0, most - 1)) for most in level.cells)
    patches = Patches(Scene(IMAGES), levels, reader)
    (window,) = patches.windows(*(np.array([one]) for one in (number, row, col)))
    scores = reader(level.image(IMAGES[number // len(levels) :][:1]), 1)[0, row, col]
    np.testing.assert_allclose(NETWORKS["valid"].forward(window[None])[0, 0, 0], scores, atol=1e-5)
