"""Scenes of held-out crops: sizes, places, grounds, splits, and what cannot be drawn."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from fullconv.config.schema import MosaicConfig
from fullconv.data.arrays import Arrays
from fullconv.data.crops.crops import Crops
from fullconv.data.scenes.mosaics import Scene, crop_scenes, make_scenes
from fullconv.errors import InputError

SIDE = 20
GROUND = 120


def crops(count: int = 24, margin: float = 0.0, **known: object) -> Arrays:
    """Grey discs, each of a value of its own, in crops of one grey; class 1 is twice as wide as high."""
    images = np.full((count, SIDE, SIDE, 3), GROUND, np.uint8)
    y, x = np.mgrid[:SIDE, :SIDE] - (SIDE - 1) / 2
    inner = np.hypot(y, x) < 0.42 * SIDE / (1 + 2 * margin)
    for number in range(count):
        images[number, inner] = 150 + number if number < 12 else 20 + number
    labels = (np.arange(count) % 2).astype(np.int32)
    sizes = np.where(labels[:, None] == 0, (30.0, 30.0), (28.0, 56.0)).astype(np.float32)
    about = Crops(("disc", "bean"), sizes, sizes, margin=margin, **known)  # type: ignore[arg-type]
    return Arrays(images, labels, images, labels, about)


def test_objects_have_their_true_sizes_and_shapes_in_the_scenes_scale() -> None:
    for reduced in (1.0, 0.5):
        scenes = crop_scenes(crops(reduced=reduced), "test", 5, 0)
        found = {(one.label, *one.bbox[2:]) for scene in scenes for one in scene.objects}
        assert found == {(0, 30 * reduced, 30 * reduced), (1, 56 * reduced, 28 * reduced)}


def test_sizes_that_nobody_knows_vary_around_the_arrays_own() -> None:
    scenes = crop_scenes(crops(unscaled=False), "test", 8, 0)
    sides = [np.sqrt(np.prod(one.bbox[2:])) for scene in scenes for one in scene.objects]
    assert 0.7 * SIDE - 1 <= min(sides) < SIDE < max(sides) <= 1.5 * SIDE + 1
    shapes = {one.label: one.bbox[2] / one.bbox[3] for scene in scenes for one in scene.objects}
    assert shapes[0] == pytest.approx(1, abs=0.1)
    assert shapes[1] == pytest.approx(2, abs=0.25)


def _iou(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    width, height = (
        max(0, min(one[axis] + one[axis + 2], other[axis] + other[axis + 2]) - max(one[axis], other[axis]))
        for axis in (0, 1)
    )
    return width * height / (one[2] * one[3] + other[2] * other[3] - width * height)


def test_frames_lie_inside_and_hardly_overlap_on_a_canvas_that_holds_them() -> None:
    scenes = crop_scenes(crops(), "test", 20, 3)
    counts = [len(scene.objects) for scene in scenes]
    assert min(counts) >= 4
    assert max(counts) > 8
    for scene in scenes:
        height, width = scene.image.shape[:2]
        assert 3 * 30 <= height == width <= 5 * 56
        boxes = [one.bbox for one in scene.objects]
        assert all(x >= 0 and y >= 0 and x + w <= width and y + h <= height for x, y, w, h in boxes)
        assert all(_iou(*pair) <= 0.25 for pair in combinations(boxes, 2))


@pytest.mark.parametrize("margin", [0.0, 0.25])
def test_what_lies_in_a_box_is_the_object_and_what_lies_outside_is_ground(margin: float) -> None:
    for scene in crop_scenes(crops(margin=margin), "test", 6, 1, objects=(1, 1)):
        (placed,) = scene.objects
        x, y, w, h = placed.bbox
        middle = scene.image[y + h // 3 : y + 2 * h // 3, x + w // 3 : x + 2 * w // 3].astype(int)
        assert np.abs(middle - GROUND).min() > 20
        outside = scene.image.astype(int)
        outside[max(0, y - 1) : y + h + 1, max(0, x - 1) : x + w + 1] = GROUND
        assert np.abs(outside - GROUND).max() <= 8


def test_splits_share_no_crop_and_a_longer_set_begins_with_the_shorter_one() -> None:
    def values(scenes: list[Scene]) -> set[str]:
        return {
            "light"
            if scene.image[one.bbox[1] + one.bbox[3] // 2, one.bbox[0] + one.bbox[2] // 2, 0] > GROUND
            else "dark"
            for scene in scenes
            for one in scene.objects
        }

    arrays = crops()  # the first half is lighter than the ground, the second darker
    assert values(crop_scenes(arrays, "test", 6, 0, objects=(1, 1))) == {"light"}
    assert values(crop_scenes(arrays, "validation", 6, 0, objects=(1, 1))) == {"dark"}
    short, long = (crop_scenes(arrays, "test", images, 7) for images in (2, 3))
    assert [one.objects for one in long[:2]] == [one.objects for one in short]
    assert all(np.array_equal(a.image, b.image) for a, b in zip(short, long, strict=False))


def test_pictures_of_nothing_are_the_grounds_where_there_are_any() -> None:
    large = np.full((400, 500, 3), (9, 99, 199), np.uint8)
    small = np.full((12, 30, 3), (200, 5, 60), np.uint8)
    for nothing, colour in (((large,), (9, 99, 199)), ((small,), (200, 5, 60)), ((small, large), (9, 99, 199))):
        (scene,) = crop_scenes(crops(nothing=nothing), "test", 1, 0, objects=(1, 1))
        pixels, counts = np.unique(scene.image.reshape(-1, 3), axis=0, return_counts=True)
        assert tuple(pixels[counts.argmax()]) == colour


def test_scenes_with_unlabelled_objects_are_no_ground() -> None:
    scenes = (np.full((400, 400, 3), 255, np.uint8),)
    (scene,) = crop_scenes(crops(scenes=scenes), "test", 1, 0)
    assert scene.image.max() < 200


def test_a_few_crops_come_more_than_once_and_grey_ones_stay_grey() -> None:
    arrays = crops(4)
    grey = replace(arrays, train_images=arrays.train_images[..., :1], test_images=arrays.test_images[..., :1])
    for scene in crop_scenes(grey, "validation", 3, 0):
        assert len(scene.objects) >= 4
        assert scene.image.shape[2] == 1


def test_objects_larger_than_a_canvas_are_made_to_fit() -> None:
    about = crops().crops
    assert about is not None
    huge = replace(crops(), crops=replace(about, test_sizes=about.test_sizes * 100))
    (scene,) = crop_scenes(huge, "test", 1, 0, objects=(1, 2))
    assert scene.image.shape == (1600, 1600, 3)
    assert len(scene.objects) >= 1


OWN = MosaicConfig("test", objects=[1, 2], of="crops")


@pytest.mark.parametrize(
    ("config", "arrays", "says"),
    [
        (OWN, replace(crops(), crops=None), r"^m\.of: crops, while the data set holds images that were not cut"),
        (replace(OWN, of="sprites", canvas=[40, 40]), crops(), r"^m\.of: sprites, while the data set holds crops"),
        (replace(OWN, split="validation"), crops(1), r"^m\.split: no crop of 1 in the split validation"),
        (replace(OWN, ground="photo"), crops(), r"^m\.ground: photo in a set of crops"),
    ],
)
def test_what_cannot_be_drawn_is_named(config: MosaicConfig, arrays: Arrays, says: str) -> None:
    with pytest.raises(InputError, match=says):
        make_scenes(config, arrays, 0.5, "m")


def test_a_canvas_that_was_asked_for_is_taken() -> None:
    (scene,) = make_scenes(replace(OWN, canvas=[70, 90]), crops(), 0.5, "m")
    assert scene.image.shape == (70, 90, 3)
