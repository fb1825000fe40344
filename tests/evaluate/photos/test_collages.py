"""Collages cell by cell: who is shown where, and the trials against pixels counted one by one."""

from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fullconv.convert.geometry import Geometry
from fullconv.errors import InputError
from fullconv.evaluate.photos.collage_survey import CollageTrials, Tiles, cell_trials, certainties
from fullconv.evaluate.photos.collages import collage_of, disjoint, orders_of, tile_of
from fullconv.evaluate.photos.labelled import LabelledPhoto
from fullconv.evaluate.photos.ways import Way
from fullconv.imagenet.synsets import Synset


@pytest.mark.parametrize(("tiles", "side"), [(4, 2), (10, 2), (10, 3), (9, 3)])
def test_an_arrangement_has_every_tile_once_in_every_cell(tiles: int, side: int) -> None:
    orders = orders_of(tiles, side * side, 2, seed=5)
    assert len(orders) == 2 * tiles
    for arrangement in (orders[:tiles], orders[tiles:]):
        for cell in range(side * side):
            assert sorted(order[cell] for order in arrangement) == list(range(tiles))
    assert all(len(set(order)) == side * side for order in orders)


def test_orders_follow_the_seed_and_differ_between_arrangements() -> None:
    assert orders_of(10, 9, 2, 0) == orders_of(10, 9, 2, 0)
    assert orders_of(10, 9, 1, 0) != orders_of(10, 9, 1, 1)
    first, second = orders_of(10, 9, 2, 0)[::10]
    assert first != second


def test_too_few_photos_are_refused() -> None:
    with pytest.raises(InputError, match=r"^photos\.collages: 9 cells for 8 photos"):
        orders_of(8, 9, 1, 0)


def test_photos_that_share_a_class_are_left_out() -> None:
    assert disjoint([(1, 2), (3,), (2, 4), (4,), (1,)]) == [0, 1, 3]


def test_a_collage_shows_its_tiles_in_reading_order() -> None:
    tiles = np.stack([np.full((5, 5, 3), value, np.float32) for value in (0.0, 0.25, 0.5, 0.75, 1.0)])
    pixels, boxes = collage_of(tiles, (4, 1, 0, 2))
    assert pixels.shape == (10, 10, 3)
    for place, (x, y, width, height) in zip((4, 1, 0, 2), boxes.astype(int), strict=True):
        assert (pixels[y : y + height, x : x + width] == tiles[place]).all()
    assert boxes[:, 2:].prod(axis=1).sum() == 100


@settings(max_examples=50)
@given(
    size=st.tuples(st.integers(8, 60), st.integers(8, 60)),
    box=st.tuples(*[st.floats(0, 1)] * 4),
    side=st.integers(1, 20),
)
def test_a_tile_is_a_square_of_the_photo_around_its_object(
    size: tuple[int, int], box: tuple[float, float, float, float], side: int
) -> None:
    height, width = size
    rows, cols = np.mgrid[:height, :width].astype(np.float32)
    photo = np.stack([rows / 64, cols / 64, rows * 0], axis=-1)
    wide, high = 1 + box[2] * (width - 1), 1 + box[3] * (height - 1)
    x, y = box[0] * (width - wide), box[1] * (height - high)
    tile = tile_of(photo, np.array([x, y, wide, high]), side)
    assert tile.shape == (side, side, 3)
    # Position is colour here: the mean of a tile is its centre.
    length = min(height, width, int(np.ceil(1.15 * max(wide, high))))
    middle = tile.mean(axis=(0, 1))[:2] * 64 + 0.5
    for axis, (start, extent, limit) in enumerate(((y, high, height), (x, wide, width))):
        expected = np.clip(start + extent / 2, length / 2, limit - length / 2)
        assert abs(middle[axis] - expected) <= 1.0


def test_nothing_of_the_object_is_lost_where_the_photo_has_room() -> None:
    photo = np.zeros((50, 80, 3), np.float32)
    photo[10:30, 5:25] = 1
    tile = tile_of(photo, np.array([5.0, 10.0, 20.0, 20.0]), 23)
    assert tile[..., 0].sum() == pytest.approx(400, rel=0.01)


@settings(max_examples=25)
@given(seed=st.integers(0, 2**31), side=st.integers(2, 3), stride=st.sampled_from([1, 2, 3]))
def test_trials_are_those_counted_cell_by_cell(seed: int, side: int, stride: int) -> None:
    tile = 6
    cells = side * tile // stride
    rng = np.random.default_rng(seed)
    heats = rng.random((side * side, cells, cells)).astype(np.float32)
    geometry = Geometry((stride, stride), (stride, stride), (0, 0))
    boxes = np.array([(col * tile, row * tile, tile, tile) for row in range(side) for col in range(side)], float)
    hits, shares = cell_trials(heats, geometry, boxes)
    for place, heat in enumerate(heats):
        total, mine, best, best_in = 0.0, 0.0, -1.0, -1
        for row in range(cells):
            for col in range(cells):
                y, x = (row + 0.5) * stride, (col + 0.5) * stride
                in_cell = int(y // tile) * side + int(x // tile)
                total += float(heat[row, col])
                mine += float(heat[row, col]) if in_cell == place else 0.0
                if heat[row, col] > best:
                    best, best_in = float(heat[row, col]), in_cell
        # A cell's centre on the line between two belongs to both: none here, as strides divide tiles or miss the line.
        assert hits[place] == (best_in == place)
        assert shares[place] == pytest.approx(mine / total, rel=1e-5)


def labelled(name: str, classes: tuple[int, ...]) -> LabelledPhoto:
    synset = Synset("n00000000", name, (name,), classes)
    return LabelledPhoto(1, Path(f"{name}.png"), synset, 1, np.zeros((1, 4)), np.zeros(1, bool), None)


def test_a_tile_is_as_certain_as_the_classifier_on_it() -> None:
    classifier = keras.Sequential(
        [keras.Input((4, 4, 3)), keras.layers.GlobalAveragePooling2D(), keras.layers.Softmax()]
    )
    pixels = np.zeros((2, 8, 8, 3), np.float32)
    pixels[0, ..., 0] = pixels[1, ..., 2] = 1
    tiles = Tiles([labelled("red", (0,)), labelled("warm", (0, 1))], pixels)
    e = np.e
    assert certainties(classifier, tiles) == pytest.approx({"red": e / (e + 2), "warm": 2 / (e + 2)})


def test_trials_count_of_the_named_photos_alone() -> None:
    way = Way("cell", "all", "mean")
    trials = CollageTrials({way: {"a": [True, False], "b": [True]}}, {way: {"a": [0.5, 0.1], "b": [0.9]}})
    assert trials.metrics(way, ["a", "b"]) == pytest.approx({"pointing": 2 / 3, "share": 0.5})
    assert trials.metrics(way, ["b"]) == {"pointing": 1.0, "share": 0.9}
    assert trials.metrics(way, []) == {"pointing": -1.0, "share": -1.0}
