"""Parts of levels against the whole ones, and maps that are computed in parts."""

from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fullconv.convert.conversion import Conversion, convolutionalize
from fullconv.convert.geometry import Geometry
from fullconv.errors import InputError
from fullconv.locate.levels.fusion import fused, grid_of
from fullconv.locate.levels.network import Network
from fullconv.locate.levels.pyramid import Level, levels_of
from fullconv.locate.levels.scene import Scene
from fullconv.locate.levels.whole import map_of

pytestmark = pytest.mark.numeric

# A score is a sum of some hundred products below 1, added up in another order.
ROUNDING = 1e-5
SIZE = (46, 39)
IMAGES = np.random.default_rng(4).random((2, *SIZE, 1)).astype(np.float32)


def network(padding: str) -> Conversion:
    """Return a small random network of stride 4, its window longer than wide."""
    keras.utils.set_random_seed(11)
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
SIGHTS = {(padding, stride): Network(NETWORKS[padding], stride) for padding in NETWORKS for stride in (None, 2, 1)}


def levels(sight: Network) -> list[Level]:
    return levels_of([1.3, 1.0, 0.8], SIZE, sight, (3, 2))


# Level by level, once.
MAPS = {key: [map_of(sight, level, Scene(IMAGES), 2) for level in levels(sight)] for key, sight in SIGHTS.items()}


def span(data: st.DataObject, cells: int) -> tuple[int, int]:
    start = data.draw(st.integers(0, cells - 1))
    return start, data.draw(st.integers(start + 1, cells))


def needed(level: Level) -> tuple[Any, tuple[int, int]]:
    """Return the pixels that a part of a level is made of, and no others."""
    (top, bottom), (left, right) = level.needed
    return np.ascontiguousarray(IMAGES[:, top:bottom, left:right]), (top, left)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("stride", [None, 2, 1])
@settings(max_examples=15)
@given(data=st.data())
def test_a_part_of_a_level_has_the_map_of_the_whole(padding: str, stride: int | None, data: st.DataObject) -> None:
    sight, number = SIGHTS[padding, stride], data.draw(st.integers(0, 2))
    level = levels(sight)[number]
    rows, cols = (span(data, cells) for cells in level.cells)
    part = level.part(sight, rows, cols)
    pixels, first = needed(part)
    made = map_of(sight, part, Scene(pixels, first), 2)
    (top, left), (height, width) = part.origin, part.cells
    # It begins where parts may, not after what was asked for, and ends with that.
    assert 0 <= rows[0] - top < 4
    assert 0 <= cols[0] - left < 4
    assert (top + height, left + width) == (rows[1], cols[1])
    whole = MAPS[padding, stride][number]
    np.testing.assert_allclose(made, whole[:, top : rows[1], left : cols[1]], rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("stride", [None, 1])
@settings(max_examples=10)
@given(data=st.data())
def test_a_map_in_little_room_is_the_map_at_once(padding: str, stride: int | None, data: st.DataObject) -> None:
    sight, number = SIGHTS[padding, stride], data.draw(st.integers(0, 2))
    level = levels(sight)[number]
    if data.draw(st.booleans()):
        level = level.part(sight, *(span(data, cells) for cells in level.cells))
    pixels, first = needed(level)
    room = data.draw(st.sampled_from([40_000, 100_000, 200_000, 400_000]))
    at_once, in_parts = (map_of(sight, level, Scene(pixels, first), 2, each) for each in (None, room))
    np.testing.assert_allclose(in_parts, at_once, rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("stride", [None, 1])
def test_little_room_is_kept_to(stride: int | None) -> None:
    sight = SIGHTS["same", stride]
    pixels = levels(sight)[0].image(IMAGES)
    size = pixels.shape[1:3]
    at_once = sight.within(2**30).tiling(*size)
    assert (at_once.parts, at_once.bands) == ((1, 1), 1)
    room = int(at_once.cost.peak // 2)
    assert sight.within(room).tiling(*size).cost.peak <= room
    with pytest.raises(InputError, match="memory"):
        map_of(sight, levels(sight)[0], Scene(IMAGES), 1, 2000)


@settings(max_examples=15)
@given(data=st.data())
def test_places_of_cells_are_those_of_the_whole(data: st.DataObject) -> None:
    sight = SIGHTS["valid", 2]
    level = levels(sight)[data.draw(st.integers(0, 2))]
    part = level.part(sight, *(span(data, cells) for cells in level.cells))
    cells = np.array([[0.0, 0.0], [2.5, 1.25]])
    np.testing.assert_allclose(part.centres(cells), level.centres(cells + part.origin), rtol=0, atol=1e-9)
    # A part of a part is a part.
    rows, cols = ((at, at + length) for at, length in zip(part.origin, part.cells, strict=True))
    again = part.part(sight, rows, cols)
    assert (again.cells, again.held, again.origin) == (part.cells, part.held, part.origin)


@given(
    size=st.integers(20, 4000),
    small=st.integers(20, 4000),
    start=st.integers(0, 60),
    first=st.integers(0, 40),
)
def test_a_cell_lies_at_the_same_place_of_a_part_and_of_the_whole(
    size: int, small: int, start: int, first: int
) -> None:
    """Which cells of a level surround a place must not hang on last bits: one that lies on a cell needs no other."""
    sight, border = SIGHTS["valid", 2], (6, 6)
    (level,) = levels_of([small / size], (size, size), sight, border)
    start = min(start, level.cells[0] - 1)
    part = level.part(sight, (start, level.cells[0]), (0, level.cells[1]))
    own, places = (one.places(first + 0.5 + 2.0 * np.arange(400), 0) for one in (part, level))
    inside = own >= 0
    assume(inside.any())
    np.testing.assert_array_equal(own[inside] + part.origin[0], places[inside])


@settings(max_examples=15)
@given(data=st.data(), fuse=st.sampled_from(["max", "mean", "geometric"]))
def test_fused_parts_are_a_part_of_what_is_fused(data: st.DataObject, fuse: str) -> None:
    sight = SIGHTS["valid", 2]
    every = levels(sight)
    grid, cells = grid_of(every, SIZE, sight.geometry)
    whole = fused(MAPS["valid", 2], every, grid, cells, fuse, 2)
    rows, cols = (span(data, count) for count in cells)
    parts = []
    for level in every:
        spans = []
        for axis, (low, high) in enumerate((rows, cols)):
            ends = grid.center(0, 0)[axis] + grid.stride[axis] * np.array([low, high - 1.0])
            places = np.clip(level.places(ends, axis), 0, level.cells[axis] - 1)
            spans.append((int(places[0]), int(np.ceil(places[1])) + 1))
        parts.append(level.part(sight, *spans))
    maps = [map_of(sight, part, Scene(*needed(part)), 2) for part in parts]
    offset = [grid.offset[axis] + (rows, cols)[axis][0] * grid.stride[axis] for axis in (0, 1)]
    moved = Geometry(grid.window, grid.stride, (offset[0], offset[1]))
    made = fused(maps, parts, moved, (rows[1] - rows[0], cols[1] - cols[0]), fuse, 2)
    np.testing.assert_allclose(made, whole[:, slice(*rows), slice(*cols)], rtol=0, atol=ROUNDING)


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_a_level_that_is_there_already_gives_the_same_pixels(padding: str) -> None:
    sight = SIGHTS[padding, None]
    level = levels(sight)[0]
    part = level.part(sight, (2, 6), (1, 4))
    (top, left), (height, width) = level.before, level.size
    own = level.image(IMAGES)[0, top : top + height, left : left + width]
    nothing = np.zeros((1, 0, 0, 1), np.float32)
    np.testing.assert_array_equal(Scene(nothing, reduced={level.size: own}).image(part), Scene(IMAGES[:1]).image(part))
