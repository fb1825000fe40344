"""The heat of a whole map on few cells: the highest of each block, none lost, each at its place."""

from pathlib import Path

import numpy as np
import pytest

from fullconv.convert.geometry import Geometry
from fullconv.large.store.overview import highest_heat
from fullconv.large.store.scores import ScoreStore


def store_of(path: Path, shape: tuple[int, int, int], background: int | None, skip: int | None = None) -> ScoreStore:
    names = [f"k{channel}" for channel in range(shape[0])]
    store = ScoreStore.create(
        path, shape=shape, chunk=64, names=names, geometry=Geometry((8, 6), (4, 2), (-1, 3)), background=background,
        image_size=(shape[1] * 4, shape[2] * 2),
    )  # fmt: skip
    scores = np.random.default_rng(1).random((*shape[1:], shape[0]), np.float32)
    for number, (top, left) in enumerate(np.ndindex(-(-shape[1] // 64), -(-shape[2] // 64))):
        part = scores[64 * top : 64 * top + 64, 64 * left : 64 * left + 64]
        if number != skip:
            store.write((64 * top, 64 * top + len(part)), (64 * left, 64 * left + part.shape[1]), part)
    return store


@pytest.mark.parametrize(("channels", "background"), [(3, 0), (3, None), (20, 18)])
@pytest.mark.parametrize("most", [200, 50, 27, 1])  # blocks of 1, 3, 5 and all cells; 3 and 5 cross shards
def test_each_cell_is_the_highest_of_its_block(
    channels: int, background: int | None, most: int, tmp_path: Path
) -> None:
    store = store_of(tmp_path / "s", (channels, 130, 101), background)
    scores = store.read((0, 130), (0, 101))
    best = (scores if background is None else np.delete(scores, background, axis=-1)).max(axis=-1)
    heat = highest_heat(store, most)
    side = -(-130 // most)
    assert heat.heat.shape == (-(-130 // side), -(-101 // side))
    for row, col in np.ndindex(*heat.heat.shape):
        block = best[side * row : side * (row + 1), side * col : side * (col + 1)]
        assert heat.heat[row, col] == block.max()
    assert heat.step == (4 * side, 2 * side)
    # The first block's outer edge is the first cell's.
    assert heat.first[0] - heat.step[0] / 2 == (-1 + 4) - 2
    assert heat.first[1] - heat.step[1] / 2 == (3 + 3) - 1
    assert heat.size == (520, 202)


def test_what_was_not_written_is_not_a_number(tmp_path: Path) -> None:
    heat = highest_heat(store_of(tmp_path / "s", (2, 128, 128), 1, skip=1), 32).heat
    assert np.isnan(heat[:16, 16:]).all()
    assert not np.isnan(heat[:, :16]).any()
    assert not np.isnan(heat[16:]).any()
