"""Seams between pictures are seen; edges of things in a picture are none."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fullconv.locate.panels.seams import edges_of, panels_of

pytestmark = pytest.mark.numeric


def picture(height: int, width: int, generator: np.random.Generator) -> np.ndarray:
    """A smooth picture: a slope of light with a disc on it."""
    y, x = np.mgrid[:height, :width] / max(height, width)
    down, across, level = *generator.uniform(-0.4, 0.4, 2), generator.uniform(0.2, 0.8)
    disc = 0.3 * (np.hypot(y - 0.5, x - 0.5) < generator.uniform(0.1, 0.4))
    pixels = np.clip(level + down * y + across * x + disc, 0, 1)[..., np.newaxis] * generator.uniform(0.3, 1, 3)
    return np.asarray(np.clip(pixels + generator.normal(0, 0.01, pixels.shape), 0, 1), np.float32)


def sheet(rows: int, cols: int, side: int, seed: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    lines = [np.concatenate([picture(side, side, generator) for _ in range(cols)], axis=1) for _ in range(rows)]
    return np.concatenate(lines)


@settings(max_examples=20, deadline=None)
@given(st.integers(2, 5), st.integers(2, 5), st.sampled_from([32, 45, 96]), st.integers(0, 99))
def test_every_row_and_column_of_pictures_is_counted(rows: int, cols: int, side: int, seed: int) -> None:
    assert panels_of(sheet(rows, cols, side, seed)) == (rows, cols)


@pytest.mark.parametrize("seed", range(8))
def test_one_picture_is_one(seed: int) -> None:
    assert panels_of(picture(120, 160, np.random.default_rng(seed))) == (1, 1)


def test_a_drawing_of_flat_parts_is_one() -> None:
    pixels = np.zeros((60, 90, 3), np.float32)
    pixels[:, 30:60] = (1, 0, 0)
    assert panels_of(pixels) == (1, 1)


def test_lines_that_are_all_alike_are_no_seams() -> None:
    generator = np.random.default_rng(0)
    blocks = np.kron(generator.uniform(0.3, 0.7, (20, 20)), np.ones((8, 8)))  # as JPEG's, at each eighth pixel
    pixels = np.repeat(blocks[..., np.newaxis], 3, axis=-1) + generator.normal(0, 0.02, (160, 160, 3))
    assert panels_of(np.clip(pixels, 0, 1).astype(np.float32)) == (1, 1)


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (20, 20), (31, 31)])
def test_what_is_too_small_for_two_is_one(size: tuple[int, int]) -> None:
    pixels = np.random.default_rng(0).uniform(size=(*size, 1)).astype(np.float32)
    assert panels_of(pixels)[0] == 1


def test_panels_fill_a_side() -> None:
    assert edges_of(100, 3) == [0, 33, 67, 100]
