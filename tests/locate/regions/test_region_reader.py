"""Photos of coloured shapes, searched by a classifier of colours: where things are is known."""

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from fullconv.config.schema import LocateConfig
from fullconv.convert.conversion import convolutionalize
from fullconv.errors import InputError
from fullconv.locate.channels import Channels
from fullconv.locate.finder import Finder, Sought
from fullconv.locate.located import Located
from fullconv.locate.regions.reader import MANY, RegionReader

pytestmark = pytest.mark.numeric

RED, GREEN, BLUE = 0, 1, 2
KNOBS: dict[str, Any] = {
    "head": "cell", "levels": [32, 64, 128], "enlarge": 2.0, "fuse": "geometric", "floor": 0.05, "overlap": 0.5,
    "spacing": 1.19, "border": 0.1, "engine": "auto", "box": "auto", "batch_size": 4, "top": 2,
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


def finder(certainty: float = 12.0, **knobs: Any) -> Finder:
    config = LocateConfig(**{**KNOBS, **knobs})
    model = colours(certainty)
    conversion = convolutionalize(model, head=config.head)
    return Finder("colours", conversion, Channels(("red", "green", "blue"), False), config, model)


def located(pixels: np.ndarray, classes: list[int], certainty: float = 12.0, **knobs: Any) -> Located:
    """Search one photo for any of `classes`."""
    seeking = finder(certainty, **knobs).seeking([Sought("sought", tuple(classes), 1)])
    (found,) = RegionReader(seeking)(pixels[np.newaxis])
    return found


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
    found = located(photo(box), [RED], fuse=fuse, floor=0.0)
    (only,) = found.objects
    assert iou(only.bbox, box) > 0.75
    row, col = np.unravel_index(found.fused.heat.argmax(), found.fused.heat.shape)
    y, x = (found.fused.first[axis] + found.fused.step[axis] * place for axis, place in ((0, row), (1, col)))
    assert box[0] < x < box[0] + box[2]
    assert box[1] < y < box[1] + box[3]


def test_each_level_puts_its_cells_where_the_photo_has_them() -> None:
    box = (64, 32, 64, 64)
    found = located(photo(box), [RED])
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
        found = located(photo((10, 10, 50, 50), size), [RED])
        for level in (*found.levels, found.fused):
            for axis in (0, 1):
                last = level.first[axis] + level.step[axis] * (level.heat.shape[axis] - 1)
                assert level.first[axis] <= level.step[axis] / 2 + 1e-6
                assert last >= size[axis] - level.step[axis] / 2 - 1e-6


def test_the_geometric_mean_survives_probabilities_that_multiply_to_nothing() -> None:
    found = located(photo((60, 40, 64, 40)), [RED], certainty=60.0)
    outside = found.fused.heat[0, 0]
    assert 0 < outside < 1e-15
    assert found.fused.heat.max() > 0.99


def test_window_cells_are_the_classifier_on_its_crop() -> None:
    box = (64, 32, 64, 64)
    pixels = photo(box)
    found = located(pixels, [RED], head="window", levels=[128])
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
    coarse, fine = located(photo(box), [RED], levels=[64]), located(photo(box), [RED], levels=[64], stride=2)
    assert fine.levels[0].step == pytest.approx([step / 2 for step in coarse.levels[0].step])
    assert iou(fine.objects[0].bbox, box) > 0.75


def test_several_classes_are_one_synset() -> None:
    pixels = photo((20, 30, 60, 60))
    pixels[40:80, 120:170] = (0, 0, 1)
    found = located(pixels, [RED, BLUE])
    assert sorted(round(one.bbox[0] / 10) for one in found.objects) == [2, 12]


def test_what_is_not_there_has_no_box_and_low_heat() -> None:
    found = located(photo((60, 40, 64, 40)), [BLUE])
    assert found.objects == []
    assert found.fused.heat.max() < 0.01


def test_top_classes_come_from_the_photo_and_its_object() -> None:
    found = located(photo((60, 40, 64, 40)), [RED])
    assert [index for index, _ in found.top] in ([RED, GREEN], [GREEN, RED])
    assert sum(probability for _, probability in found.top) == pytest.approx(1, abs=1e-3)


def test_small_photos_are_enlarged_to_the_smallest_level() -> None:
    found = located(photo((3, 3, 6, 6), (14, 14)), [RED])
    assert [level.size for level in found.levels] == [(32, 32)]
    assert iou(found.objects[0].bbox, (3, 3, 6, 6)) > 0.4


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
        located(pixels, [RED])


def test_the_same_photo_twice_gives_the_same() -> None:
    one, two = (located(photo((60, 40, 64, 40)), [RED]) for _ in range(2))
    assert (one.fused.heat == two.fused.heat).all()
    assert one.objects == two.objects


def test_a_size_that_does_not_see_the_synset_has_no_veto() -> None:
    # At 4 pixels the rectangle is less than a cell, and drowns in green.
    pixels = photo((100, 60, 16, 16))
    confident, geometric = (located(pixels, [RED], levels=[4, 64], fuse=fuse) for fuse in ("confident", "geometric"))
    seen = max(level.heat.max() for level in confident.levels)
    assert min(level.heat.max() for level in confident.levels) < 0.01 * seen
    assert geometric.fused.heat.max() < 0.1 * seen
    assert confident.fused.heat.max() > 0.7 * seen


def test_every_class_is_sought_at_once_and_each_place_is_one_things() -> None:
    pixels = photo((20, 30, 60, 60))
    pixels[40:100, 110:170] = (0, 0, 1)
    (found,) = RegionReader(finder(read="regions"))(pixels[np.newaxis])
    assert found.labels == (RED, GREEN, BLUE)
    assert found.scores.shape[-1] == 3
    best = {one.label: one.bbox for one in reversed(found.objects)}
    assert iou(best[RED], (20, 30, 60, 60)) > 0.7
    assert iou(best[BLUE], (110, 40, 60, 60)) > 0.7
    for one in found.objects:
        for other in found.objects:
            assert one is other or iou(one.bbox, other.bbox) <= 0.5


def test_a_place_among_what_is_sought_is_looked_for_alone() -> None:
    pixels = photo((20, 30, 60, 60))
    (found,) = RegionReader(finder())(pixels[np.newaxis], [RED])
    assert found.labels == (RED,)
    assert {one.label for one in found.objects} == {RED}
    assert found.objects[0].bbox == located(pixels, [RED]).objects[0].bbox


def test_of_very_many_things_only_an_images_best_is_sought() -> None:
    many = [Sought(f"{place}", (place % 3,), place + 1) for place in range(MANY + 1)]
    reader, pixels = RegionReader(finder().seeking(many)), photo((10, 10, 170, 110))[np.newaxis]
    (found,) = reader(pixels)
    assert found.labels == (RED,)
    # What is asked for is looked for, however much: maps of a data set have a channel for each of its classes.
    (asked,) = reader(pixels, range(MANY + 1))
    assert asked.scores.shape[-1] == len(asked.labels) == MANY + 1


def test_scores_that_are_no_probabilities_are_refused() -> None:
    model = colours()
    model.layers[-1].activation = keras.activations.linear
    config = LocateConfig(**KNOBS)
    linear = Finder("linear", convolutionalize(model, head="cell"), Channels(("r", "g", "b"), False), config, model)
    with pytest.raises(InputError, match="no probabilities"):
        RegionReader(linear)(photo((60, 40, 64, 40))[np.newaxis])


def test_a_conversion_without_its_classifier_names_boxes_by_its_own_window() -> None:
    whole = finder(head="window")
    without = Finder(whole.name, whole.conversion, whole.channels, whole.config)
    pixels = photo((60, 40, 64, 40))[np.newaxis]
    (one,), (other,) = RegionReader(whole)(pixels), RegionReader(without)(pixels)
    assert [found.bbox for found in one.objects] == [found.bbox for found in other.objects]
    assert [found.score for found in one.objects] == pytest.approx([found.score for found in other.objects], abs=1e-5)
