"""Mosaics: places, splits, seeds, pixels, and what cannot be placed."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fullconv.config.schema import MosaicConfig
from fullconv.data.arrays import Arrays
from fullconv.data.scenes.mosaics import Scene, make_scenes
from fullconv.errors import InputError

RANDOM = MosaicConfig(split="test", canvas=[40, 50], images=3, objects=[4, 4], spacing=6, seed=1)


def _framed(inner: np.ndarray) -> np.ndarray:
    """Images with a dark border of one pixel, which is what they have in common."""
    return np.pad(inner, ((0, 0), (1, 1), (1, 1), (0, 0)))


@pytest.fixture(scope="module")
def marked() -> Arrays:
    """Every image has one value of its own, so that a mosaic's pixels tell where they came from.

    Training images are 200 and more, test image i is i + 1; 4 x 6 pixels; label = value mod 10.
    """

    def part(values: range) -> tuple[np.ndarray, np.ndarray]:
        column = np.array(values, dtype=np.uint8)
        return _framed(np.tile(column[:, None, None, None], (1, 2, 4, 1))), column.astype(np.int32) % 10

    train, test = part(range(200, 230)), part(range(1, 41))
    return Arrays(*train, *test)


def _values(scenes: list[Scene]) -> set[int]:
    return {int(value) for scene in scenes for value in np.unique(scene.image)} - {0}


def _iou(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    width, height = (
        max(0, min(one[axis] + one[axis + 2], other[axis] + other[axis + 2]) - max(one[axis], other[axis]))
        for axis in (0, 1)
    )
    return width * height / (one[2] * one[3] + other[2] * other[3] - width * height)


@settings(max_examples=80)
@given(
    canvas=st.tuples(st.integers(8, 60), st.integers(12, 60)),
    objects=st.tuples(st.integers(0, 3), st.integers(1, 6)).map(sorted),
    sizes=st.one_of(st.just([]), st.tuples(st.integers(3, 8), st.integers(3, 8)).map(sorted)),
    spacing=st.integers(0, 15),
    overlap=st.sampled_from([0.0, 0.25, 1.0]),
    split=st.sampled_from(["test", "validation"]),
    seed=st.integers(0, 2**32),
    channels=st.sampled_from([1, 3]),
)
def test_random_scenes(
    canvas: tuple[int, int],
    objects: list[int],
    sizes: list[int],
    spacing: int,
    overlap: float,
    split: str,
    seed: int,
    channels: int,
) -> None:
    rng = np.random.default_rng(0)
    images = _framed(rng.integers(1, 256, (20, 2, 4, channels), dtype=np.uint8))
    labels = np.arange(20, dtype=np.int32)
    arrays = Arrays(images[:1], labels[:1], images, labels)  # label = index of the test image
    config = MosaicConfig(split, list(canvas), 2, objects, sizes, spacing, overlap, seed=seed)
    try:
        scenes = make_scenes(config, arrays, 0.5, "mosaics.x")
    except InputError as error:
        if "too many objects for the canvas" not in error.received:
            raise
        return
    for scene in scenes:
        assert scene.image.shape == (*canvas, channels)
        assert objects[0] <= len(scene.objects) <= objects[1]
        assert len({placed.label for placed in scene.objects}) == len(scene.objects)
        for placed in scene.objects:
            x, y, w, h = placed.bbox
            assert (sizes or [4, 4])[0] <= h <= (sizes or [4, 4])[1]
            assert w == round(h * 1.5)
            assert 0 <= x <= canvas[1] - w
            assert 0 <= y <= canvas[0] - h
            assert (placed.label < 10) == (split == "test")
        for one, other in combinations([placed.bbox for placed in scene.objects], 2):
            assert max(abs(one[at] + one[at + 2] / 2 - other[at] - other[at + 2] / 2) for at in (0, 1)) >= spacing
            assert _iou(one, other) <= overlap
        if not sizes:
            np.testing.assert_allclose(scene.image, _painted(scene, images), atol=0.51)
    again = make_scenes(config, arrays, 0.5, "mosaics.x")
    for scene, same in zip(scenes, again, strict=True):
        assert scene.objects == same.objects
        np.testing.assert_array_equal(scene.image, same.image)


def _painted(scene: Scene, images: np.ndarray) -> np.ndarray:
    """The same canvas, pixel by pixel: on black, each object opaque where its ink is."""
    canvas = np.zeros(scene.image.shape)
    for placed in scene.objects:
        image = images[placed.label].astype(float)
        for row, column in np.ndindex(image.shape[:2]):
            ink = image[row, column].max() / image.max()
            at = (placed.bbox[1] + row, placed.bbox[0] + column)
            canvas[at] = image[row, column] + (1 - ink) * canvas[at]
    return canvas


def test_splits_are_disjoint_and_training_images_never_appear(marked: Arrays) -> None:
    many = replace(RANDOM, images=40)
    test = _values(make_scenes(many, marked, 0.5, "m"))
    validation = _values(make_scenes(replace(many, split="validation"), marked, 0.5, "m"))
    assert test == set(range(1, 21))
    assert validation == set(range(21, 41))


def test_labels_belong_to_the_pixels(marked: Arrays) -> None:
    for scene in make_scenes(replace(RANDOM, overlap=0.0, images=10), marked, 0.25, "m"):
        for placed in scene.objects:
            x, y, w, h = placed.bbox
            assert scene.image[y : y + h, x : x + w].max() % 10 == placed.label


def test_a_longer_set_begins_with_the_shorter(marked: Arrays) -> None:
    config = replace(RANDOM, objects=[1, 6], sizes=[3, 9], noise=9, rotation=30.0, ink=[3, 200], colour=True)
    short, long = (make_scenes(replace(config, images=count), marked, 0.5, "m") for count in (2, 5))
    for one, other in zip(short, long, strict=False):
        assert (one.name, one.objects) == (other.name, other.objects)
        np.testing.assert_array_equal(one.image, other.image)
    assert len({scene.image.tobytes() for scene in long}) == 5
    assert [scene.name for scene in long] == ["0001", "0002", "0003", "0004", "0005"]


def test_another_seed_gives_other_scenes(marked: Arrays) -> None:
    one, other = (make_scenes(replace(RANDOM, seed=seed), marked, 0.5, "m") for seed in (1, 2))
    assert all(first.objects != second.objects for first, second in zip(one, other, strict=True))


def test_places_and_sizes_and_counts_are_uniform(marked: Arrays) -> None:
    config = MosaicConfig("test", [6, 9], 3000, [0, 1], seed=0)  # 3 x 4 places for a 4 x 6 image
    counts, placed = np.zeros((3, 4)), 0
    for scene in make_scenes(config, marked, 0.5, "m"):
        for one in scene.objects:
            counts[one.bbox[1], one.bbox[0]] += 1
            placed += 1
    assert abs(placed / 3000 - 0.5) < 0.04
    np.testing.assert_allclose(counts / placed, 1 / 12, atol=0.025)
    sized = MosaicConfig("test", [40, 50], 3000, [1, 1], [4, 8])
    heights = [scene.objects[0].bbox[3] for scene in make_scenes(sized, marked, 0.5, "m")]
    np.testing.assert_allclose(np.bincount(heights)[4:] / 3000, 0.2, atol=0.03)


def test_noise(marked: Arrays) -> None:
    config = MosaicConfig("test", [100, 100], noise=4, placements=[[0, 0, 19]])
    (scene,) = make_scenes(config, marked, 0.5, "m")
    outside = scene.image[10:]
    np.testing.assert_allclose(np.bincount(outside.ravel()) / outside.size, 0.2, atol=0.02)
    assert (scene.image[1:3, 1:5] == 20).all()


def test_fixed_placements_lie_one_over_the_other(marked: Arrays) -> None:
    placements = [[0, 0, 9], [1, 3, 4], [36, 44, 0]]
    (scene,) = make_scenes(MosaicConfig("test", [40, 50], placements=placements), marked, 0.5, "m")
    assert scene.image[1, 4, 0] == 10
    assert scene.image[2, 4, 0] == 5
    assert scene.image[3, 7, 0] == 5
    assert scene.image[2, 3, 0] == 10  # the second's border is no ink
    assert scene.image[38, 48, 0] == 1
    assert [(placed.label, placed.bbox) for placed in scene.objects] == [
        (0, (0, 0, 6, 4)),
        (5, (3, 1, 6, 4)),
        (1, (44, 36, 6, 4)),
    ]


def test_tight_boxes_hold_the_ink_alone(marked: Arrays) -> None:
    config = replace(RANDOM, boxes="tight", overlap=0.0, images=5)
    for scene in make_scenes(config, marked, 0.5, "m"):
        outside = scene.image.copy()
        for placed in scene.objects:
            x, y, w, h = placed.bbox
            assert (w, h) == (4, 2)
            assert (scene.image[y : y + h, x : x + w] > 0).all()
            outside[y : y + h, x : x + w] = 0
        assert not outside.any()


def test_inverted_scenes_are_the_negative(marked: Arrays) -> None:
    config = replace(RANDOM, noise=30)
    dark, light = (make_scenes(replace(config, inverted=inverted), marked, 0.5, "m") for inverted in (True, False))
    for one, other in zip(dark, light, strict=True):
        assert one.objects == other.objects
        np.testing.assert_array_equal(one.image, 255 - other.image)


def test_colour_and_ink(marked: Arrays) -> None:
    config = replace(RANDOM, colour=True, ink=[160, 180], overlap=0.0, images=20)
    colours = set()
    for scene in make_scenes(config, marked, 0.5, "m"):
        assert scene.image.shape == (40, 50, 3)
        for placed in scene.objects:
            x, y, _, _ = placed.bbox
            inner = scene.image[y + 1 : y + 3, x + 1 : x + 5].reshape(-1, 3)
            assert (inner == inner[0]).all()
            colours.add(tuple(inner[0].tolist()))
    values = np.array(sorted(colours))
    assert values.min() == 160
    assert values.max() == 180
    assert len(colours) > 60
    grey = make_scenes(replace(config, colour=False), marked, 0.5, "m")
    assert _values(grey) <= set(range(160, 181))
    assert grey[0].image.shape == (40, 50, 1)


def test_photos_of_the_split_alone_are_grounds(marked: Arrays, monkeypatch: pytest.MonkeyPatch) -> None:
    def one_colour(split: str) -> list[np.ndarray]:
        return [np.full((60, 70, 3), {"test": 90, "validation": 120}[split], np.uint8)]

    monkeypatch.setattr("fullconv.data.scenes.sprites.photos", one_colour)
    for split, value in (("test", 90), ("validation", 120)):
        (scene,) = make_scenes(replace(RANDOM, images=1, ground="photo", split=split), marked, 0.5, "m")
        assert scene.image.shape == (40, 50, 3)
        assert np.bincount(scene.image.ravel()).argmax() == value
        x, y, _, _ = scene.objects[-1].bbox
        assert scene.image[y + 1, x + 1, 0] % 10 == scene.objects[-1].label
        np.testing.assert_array_equal(scene.image[y, x], value)


def test_objects_on_a_light_ground_of_their_own_keep_it(marked: Arrays) -> None:
    light = Arrays(255 - marked.train_images, marked.train_labels, 255 - marked.test_images, marked.test_labels)
    for config in (RANDOM, replace(RANDOM, noise=20, images=1)):
        one, other = (make_scenes(config, arrays, 0.5, "m") for arrays in (light, marked))
        np.testing.assert_allclose(one[0].image, 255 - other[0].image.astype(float), atol=1)


def test_test_images_are_not_written_to(marked: Arrays) -> None:
    before = marked.test_images.copy()
    make_scenes(replace(RANDOM, noise=255, ink=[9, 9]), marked, 0.5, "m")
    np.testing.assert_array_equal(marked.test_images, before)


def test_the_count_that_fits_is_exact(marked: Arrays) -> None:
    # 3 x 3 places of corners, spacing 3: one object; 4 x 3 places: two, on opposite rows.
    one = MosaicConfig("test", [6, 8], objects=[1, 1], spacing=3)
    make_scenes(one, marked, 0.5, "m")
    with pytest.raises(InputError, match="at most 1 fit"):
        make_scenes(replace(one, objects=[2, 2]), marked, 0.5, "m")
    make_scenes(replace(one, objects=[2, 2], canvas=[7, 8]), marked, 0.5, "m")
    with pytest.raises(InputError, match="at most 2 fit"):
        make_scenes(replace(one, objects=[0, 3], canvas=[7, 8]), marked, 0.5, "m")
    beside = MosaicConfig("test", [8, 12], objects=[5, 5], overlap=0.0)
    with pytest.raises(InputError, match="at most 4 fit"):
        make_scenes(beside, marked, 0.5, "m")


def test_a_search_in_vain_ends(marked: Arrays) -> None:
    # 16 objects fit on a lattice alone, which random places do not find.
    with pytest.raises(InputError, match="too many objects for the canvas: 16 found no random places"):
        make_scenes(MosaicConfig("test", [34, 36], objects=[16, 16], spacing=10), marked, 0.5, "m")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"split": "train"}, r"mosaics\.x\.split: 'train'"),
        ({"canvas": [40, 5]}, "40x5 pixels, smaller than an object of 4x6"),
        ({"sizes": [4, 41]}, "40x50 pixels, smaller than an object of 41x62"),
        ({"objects": [21, 21], "spacing": 0}, "21 different ones on a canvas, from 20"),
        ({"objects": [0, 20], "spacing": 40}, "at most 2 fit"),
        ({"objects": [], "placements": [[0, 0]]}, r"placements\[0\]: \[0, 0\]"),
        ({"objects": [], "placements": [[0, 0, 0], [37, 0, 0]]}, r"placements\[1\]: row 37, column 0"),
        ({"objects": [], "placements": [[0, -1, 0]]}, "column -1"),
        ({"objects": [], "placements": [[0, 0, 20]]}, r"test image 20\. This split's test images are 0\.\.19"),
        ({"objects": [], "placements": [[0, 0, -1]]}, "test image -1"),
        ({"objects": [], "placements": [[0, 0, 0]], "split": "validation"}, r"test images are 20\.\.39"),
    ],
)
def test_bad_knobs_are_named(marked: Arrays, change: dict[str, object], says: str) -> None:
    with pytest.raises(InputError, match=says):
        make_scenes(replace(RANDOM, **change), marked, 0.5, "mosaics.x")  # type: ignore[arg-type]


def test_objects_of_two_channels_have_no_colour(marked: Arrays) -> None:
    two = replace(
        marked,
        train_images=np.repeat(marked.train_images, 2, axis=3),
        test_images=np.repeat(marked.test_images, 2, axis=3),
    )
    with pytest.raises(InputError, match="objects of 2 channels"):
        make_scenes(replace(RANDOM, colour=True), two, 0.5, "m")


def test_an_empty_split_is_named(marked: Arrays) -> None:
    with pytest.raises(InputError, match="from 0 in the split validation"):
        make_scenes(replace(RANDOM, split="validation"), marked, 0.0, "m")
    with pytest.raises(InputError, match="test images are none"):
        make_scenes(MosaicConfig("test", [40, 50], placements=[[0, 0, 0]]), marked, 1.0, "m")
