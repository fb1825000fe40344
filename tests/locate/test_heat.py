"""Photos of coloured shapes, searched by a classifier of colours: where things are is known."""

from typing import Any

import keras
import numpy as np
import pytest
from fullconv.locate.regions.heat import PhotoLocator
from keras import layers

from fullconv.config.schema import HeatmapConfig
from fullconv.convert.conversion import convolutionalize
from fullconv.errors import InputError

RED, GREEN, BLUE = 0, 1, 2
KNOBS: dict[str, Any] = {
    "head": "cell", "sizes": [32, 64, 128], "enlarge": 2.0, "fuse": "geometric", "floor": 0.05, "top": 2
}  # fmt: skip


def colours(certainty: float = 12.0) -> keras.Model:
    """Windows of 32×32 pixels, cells of 4×4: the class is the mean colour."""
    model = keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            layers.AveragePooling2D(4, name="pool"),
            layers.GlobalAveragePooling2D(name="mean"),
            layers.Dense(3, activation="softmax", name="classes"),
        ]
    )
    model.set_weights([np.eye(3) * certainty, np.zeros(3)])
    return model


def photo(box: tuple[int, int, int, int], size: tuple[int, int] = (128, 192)) -> np.ndarray:
    """A red rectangle (x, y, w, h) on green."""
    pixels = np.zeros((*size, 3), np.float32)
    pixels[..., GREEN] = 1
    x, y, width, height = box
    pixels[y : y + height, x : x + width] = (1, 0, 0)
    return pixels


def locator(certainty: float = 12.0, **knobs: Any) -> PhotoLocator:
    config = HeatmapConfig(**{**KNOBS, **knobs})
    model = colours(certainty)
    return PhotoLocator(model, convolutionalize(model, head=config.head), config)


def iou(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    low = np.maximum(one[:2], other[:2])
    high = np.minimum(np.add(one[:2], one[2:]), np.add(other[:2], other[2:]))
    shared = float(np.maximum(high - low, 0).prod())
    return shared / (one[2] * one[3] + other[2] * other[3] - shared)


BOXES = [(60, 40, 64, 40), (0, 0, 60, 50), (140, 80, 52, 48), (20, 64, 96, 32)]


@pytest.mark.parametrize("box", BOXES)
@pytest.mark.parametrize("fuse", ["confident", "geometric", "mean", "max"])
def test_heat_and_box_lie_on_the_object(box: tuple[int, int, int, int], fuse: str) -> None:
    # This classifier counts pixels, so a long box with the window's aspect around it is mostly green to it.
    found = locator(fuse=fuse, floor=0.0)(photo(box), [RED])
    (only,) = found.found
    assert iou(only.bbox, box) > 0.75
    row, col = np.unravel_index(found.fused.heat.argmax(), found.fused.heat.shape)
    y, x = (found.fused.first[axis] + found.fused.step[axis] * place for axis, place in ((0, row), (1, col)))
    assert box[0] < x < box[0] + box[2]
    assert box[1] < y < box[1] + box[3]


def test_each_level_puts_its_cells_where_the_photo_has_them() -> None:
    box = (64, 32, 64, 64)
    found = locator()(photo(box), [RED])
    assert [level.size for level in found.levels] == [(32, 48), (64, 96), (128, 192)]
    for level in found.levels:
        rows, cols = level.heat.shape
        y = level.first[0] + level.step[0] * np.arange(rows)
        x = level.first[1] + level.step[1] * np.arange(cols)
        inside = ((y > 32) & (y < 96))[:, None] & ((x > 64) & (x < 128))[None, :]
        assert (level.heat[inside] > 0.99).all()
        assert (level.heat[~inside] < 0.01).all()


def test_cells_reach_every_border_of_the_photo() -> None:
    for size in ((128, 192), (129, 131), (150, 97)):
        found = locator()(photo((10, 10, 50, 50), size), [RED])
        for level in (*found.levels, found.fused):
            for axis in (0, 1):
                last = level.first[axis] + level.step[axis] * (level.heat.shape[axis] - 1)
                assert level.first[axis] <= level.step[axis] / 2 + 1e-6
                assert last >= size[axis] - level.step[axis] / 2 - 1e-6


def test_the_geometric_mean_survives_probabilities_that_multiply_to_nothing() -> None:
    found = locator(certainty=60.0)(photo((60, 40, 64, 40)), [RED])
    outside = found.fused.heat[0, 0]
    assert 0 < outside < 1e-15
    assert found.fused.heat.max() > 0.99


def test_window_cells_are_the_classifier_on_its_crop() -> None:
    box = (64, 32, 64, 64)
    pixels = photo(box)
    found = locator(head="window", sizes=[128])(pixels, [RED])
    (level,) = found.levels
    model = colours()
    rows, cols = level.heat.shape
    checked = 0
    for row in range(rows):
        for col in range(cols):
            top, left = (round(level.first[a] + level.step[a] * p - 16) for a, p in ((0, row), (1, col)))
            if top >= 0 and left >= 0 and top + 32 <= 128 and left + 32 <= 192:
                expected = model(pixels[None, top : top + 32, left : left + 32])[0, RED]
                assert level.heat[row, col] == pytest.approx(float(expected), abs=1e-5)
                checked += 1
    assert checked > 100


def test_a_denser_stride_has_more_cells_and_the_same_object() -> None:
    box = (60, 40, 64, 40)
    coarse, fine = locator(sizes=[64])(photo(box), [RED]), locator(sizes=[64], stride=2)(photo(box), [RED])
    assert fine.levels[0].step == pytest.approx([step / 2 for step in coarse.levels[0].step])
    assert iou(fine.found[0].bbox, box) > 0.75


def test_several_classes_are_one_synset() -> None:
    pixels = photo((20, 30, 60, 60))
    pixels[40:80, 120:170] = (0, 0, 1)
    found = locator()(pixels, [RED, BLUE])
    assert sorted(round(one.bbox[0] / 10) for one in found.found) == [2, 12]


def test_what_is_not_there_has_no_box_and_low_heat() -> None:
    found = locator()(photo((60, 40, 64, 40)), [BLUE])
    assert found.found == []
    assert found.fused.heat.max() < 0.01


def test_top_classes_come_from_the_photo_and_its_object() -> None:
    found = locator()(photo((60, 40, 64, 40)), [RED])
    assert [index for index, _ in found.top] in ([RED, GREEN], [GREEN, RED])
    assert sum(probability for _, probability in found.top) == pytest.approx(1, abs=1e-3)


def test_small_photos_are_enlarged_to_the_smallest_level() -> None:
    found = locator()(photo((3, 3, 6, 6), (14, 14)), [RED])
    assert [level.size for level in found.levels] == [(32, 32)]
    assert iou(found.found[0].bbox, (3, 3, 6, 6)) > 0.4


@pytest.mark.parametrize(
    ("pixels", "says"),
    [
        (np.zeros((4, 5, 1), np.float32), "1 channels"),
        (np.full((40, 50, 3), 2, np.float32), "pixel values from 2 to 2"),
        (np.zeros((0, 5, 3), np.float32), "shape"),
    ],
)
def test_photos_that_cannot_be_are_refused(pixels: np.ndarray, says: str) -> None:
    with pytest.raises(InputError, match=says):
        locator()(pixels, [RED])


def test_the_same_photo_twice_gives_the_same() -> None:
    one, two = (locator()(photo((60, 40, 64, 40)), [RED]) for _ in range(2))
    assert (one.fused.heat == two.fused.heat).all()
    assert one.found == two.found


def test_a_size_that_does_not_see_the_synset_has_no_veto() -> None:
    # At 4 pixels the rectangle is less than a cell, and drowns in green.
    pixels = photo((100, 60, 16, 16))
    confident, geometric = (locator(sizes=[4, 64], fuse=fuse)(pixels, [RED]) for fuse in ("confident", "geometric"))
    seen = max(level.heat.max() for level in confident.levels)
    assert min(level.heat.max() for level in confident.levels) < 0.01 * seen
    assert geometric.fused.heat.max() < 0.1 * seen
    assert confident.fused.heat.max() > 0.7 * seen
