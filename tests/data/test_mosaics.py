"""Mosaics: places, splits, seeds, pixels, and what cannot be placed."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fullconv.config.schema import MosaicConfig
from fullconv.data.arrays import Arrays
from fullconv.data.mosaics import Scene, make_scenes
from fullconv.errors import InputError

RANDOM = MosaicConfig(split="test", canvas=[40, 50], images=3, objects=4, spacing=6, seed=1)


@pytest.fixture(scope="module")
def marked() -> Arrays:
    """Every image is one value of its own, so that a mosaic's pixels tell where they came from.

    Training images are 200 and more, test image i is i + 1; 4 x 6 pixels; label = value mod 10.
    """

    def part(values: range) -> tuple[np.ndarray, np.ndarray]:
        column = np.array(values, dtype=np.uint8)
        return np.broadcast_to(column[:, None, None, None], (len(column), 4, 6, 1)).copy(), column.astype(np.int32) % 10

    train, test = part(range(200, 230)), part(range(1, 41))
    return Arrays(*train, *test)


def _values(scenes: list[Scene]) -> set[int]:
    return {int(value) for scene in scenes for value in np.unique(scene.image)} - {0}


@settings(deadline=None, max_examples=60)
@given(
    height=st.integers(4, 60),
    width=st.integers(6, 60),
    objects=st.integers(1, 6),
    spacing=st.integers(0, 20),
    split=st.sampled_from(["test", "validation"]),
    seed=st.integers(0, 2**32),
    channels=st.sampled_from([1, 3]),
)
def test_random_scenes(
    height: int, width: int, objects: int, spacing: int, split: str, seed: int, channels: int
) -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(1, 256, (20, 4, 6, channels), dtype=np.uint8)
    labels = np.arange(20, dtype=np.int32)
    arrays = Arrays(images[:1], labels[:1], images, labels)  # label = index of the test image
    config = MosaicConfig(split, [height, width], 2, objects, spacing, 0, seed)
    try:
        scenes = make_scenes(config, arrays, 0.5, "mosaics.x")
    except InputError as error:
        if "too many objects for the canvas" not in error.received:
            raise
        return
    for scene in scenes:
        assert scene.image.shape == (height, width, channels)
        assert len({placed.label for placed in scene.objects}) == objects
        expected = np.zeros_like(scene.image)
        for placed in scene.objects:
            x, y, w, h = placed.bbox
            assert (h, w) == (4, 6)
            assert 0 <= x <= width - w
            assert 0 <= y <= height - h
            assert (placed.label < 10) == (split == "test")
            for row in range(h):
                for column in range(w):
                    pixel = images[placed.label, row, column]
                    expected[y + row, x + column] = np.maximum(expected[y + row, x + column], pixel)
        np.testing.assert_array_equal(scene.image, expected)
        for one, other in combinations(scene.objects, 2):
            assert max(abs(one.bbox[0] - other.bbox[0]), abs(one.bbox[1] - other.bbox[1])) >= spacing
    again = make_scenes(config, arrays, 0.5, "mosaics.x")
    for scene, same in zip(scenes, again, strict=True):
        assert scene.objects == same.objects
        np.testing.assert_array_equal(scene.image, same.image)


def test_splits_are_disjoint_and_training_images_never_appear(marked: Arrays) -> None:
    many = replace(RANDOM, images=40)
    test = _values(make_scenes(many, marked, 0.5, "m"))
    validation = _values(make_scenes(replace(many, split="validation"), marked, 0.5, "m"))
    assert test == set(range(1, 21))
    assert validation == set(range(21, 41))


def test_labels_belong_to_the_pixels(marked: Arrays) -> None:
    for scene in make_scenes(replace(RANDOM, spacing=6, images=10), marked, 0.25, "m"):
        for placed in scene.objects:
            x, y, w, h = placed.bbox
            assert scene.image[y : y + h, x : x + w].min() % 10 == placed.label


def test_a_longer_set_begins_with_the_shorter(marked: Arrays) -> None:
    short, long = (make_scenes(replace(RANDOM, images=count), marked, 0.5, "m") for count in (2, 5))
    for one, other in zip(short, long, strict=False):
        assert (one.name, one.objects) == (other.name, other.objects)
        np.testing.assert_array_equal(one.image, other.image)
    assert len({scene.image.tobytes() for scene in long}) == 5
    assert [scene.name for scene in long] == ["0001", "0002", "0003", "0004", "0005"]


def test_another_seed_gives_other_scenes(marked: Arrays) -> None:
    one, other = (make_scenes(replace(RANDOM, seed=seed), marked, 0.5, "m") for seed in (1, 2))
    assert all(first.objects != second.objects for first, second in zip(one, other, strict=True))


def test_places_are_uniform(marked: Arrays) -> None:
    config = MosaicConfig("test", [6, 9], 3000, 1, 0, 0, 0)  # 3 x 4 places for a 4 x 6 image
    counts = np.zeros((3, 4))
    for scene in make_scenes(config, marked, 0.5, "m"):
        x, y, _, _ = scene.objects[0].bbox
        counts[y, x] += 1
    np.testing.assert_allclose(counts / 3000, 1 / 12, atol=0.025)


def test_noise(marked: Arrays) -> None:
    config = replace(RANDOM, noise=4, canvas=[100, 100], images=1, placements=[[0, 0, 19]], objects=0)
    (scene,) = make_scenes(config, marked, 0.5, "m")
    outside = scene.image[10:]
    np.testing.assert_allclose(np.bincount(outside.ravel()) / outside.size, 0.2, atol=0.02)
    assert (scene.image[:4, :6] == 20).all()


def test_fixed_placements_overlap_by_maximum(marked: Arrays) -> None:
    placements = [[0, 0, 9], [2, 3, 4], [36, 44, 0]]
    (scene,) = make_scenes(MosaicConfig("test", [40, 50], placements=placements), marked, 0.5, "m")
    assert scene.image[3, 4, 0] == 10
    assert scene.image[5, 8, 0] == 5
    assert scene.image[39, 49, 0] == 1
    assert [(placed.label, placed.bbox) for placed in scene.objects] == [
        (0, (0, 0, 6, 4)),
        (5, (3, 2, 6, 4)),
        (1, (44, 36, 6, 4)),
    ]


def test_test_images_are_not_written_to(marked: Arrays) -> None:
    before = marked.test_images.copy()
    make_scenes(replace(RANDOM, noise=255), marked, 0.5, "m")
    np.testing.assert_array_equal(marked.test_images, before)


def test_the_count_that_fits_is_exact(marked: Arrays) -> None:
    # 3 x 3 places of corners, spacing 3: one object; 4 x 3 places: two, on opposite rows.
    one = MosaicConfig("test", [6, 8], objects=1, spacing=3)
    make_scenes(one, marked, 0.5, "m")
    with pytest.raises(InputError, match="at most 1 fit"):
        make_scenes(replace(one, objects=2), marked, 0.5, "m")
    make_scenes(replace(one, objects=2, canvas=[7, 8]), marked, 0.5, "m")
    with pytest.raises(InputError, match="at most 2 fit"):
        make_scenes(replace(one, objects=3, canvas=[7, 8]), marked, 0.5, "m")


def test_a_search_in_vain_ends(marked: Arrays) -> None:
    # 16 objects fit on a lattice alone, which random places do not find.
    with pytest.raises(InputError, match="too many objects for the canvas: 16 found no random places"):
        make_scenes(MosaicConfig("test", [34, 36], objects=16, spacing=10), marked, 0.5, "m")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"canvas": [40]}, r"mosaics\.x\.canvas: \[40\]"),
        ({"canvas": []}, r"mosaics\.x\.canvas"),
        ({"canvas": [-40, 50]}, r"\[-40, 50\]"),
        ({"canvas": [40.5, 50]}, r"\[40\.5, 50\]"),
        ({"canvas": [40, 5]}, "40x5 pixels, smaller than the window of 4x6"),
        ({"split": "train"}, r"mosaics\.x\.split: 'train'"),
        ({"objects": 0}, r"mosaics\.x\.objects, mosaics\.x\.placements: neither"),
        ({"placements": [[0, 0, 0]]}, "both are given"),
        ({"objects": -1}, r"mosaics\.x\.objects: -1"),
        ({"objects": 21, "spacing": 0}, "21 different ones on a canvas, from 20"),
        ({"objects": 20, "spacing": 40}, "at most 2 fit"),
        ({"images": 0}, r"mosaics\.x\.images: 0"),
        ({"spacing": -1}, r"mosaics\.x\.spacing: -1"),
        ({"noise": -1}, r"mosaics\.x\.noise: -1"),
        ({"noise": 256}, r"mosaics\.x\.noise: 256"),
        ({"seed": -1}, r"mosaics\.x\.seed: -1"),
        ({"figures": -1}, r"mosaics\.x\.figures: -1"),
        ({"objects": 0, "placements": [[0, 0]]}, r"placements\[0\]: \[0, 0\]"),
        ({"objects": 0, "placements": [[0, 0, 0], [37, 0, 0]]}, r"placements\[1\]: row 37, column 0"),
        ({"objects": 0, "placements": [[0, -1, 0]]}, "column -1"),
        ({"objects": 0, "placements": [[0, 0, 20]]}, r"test image 20\. The split test holds the test images 0\.\.19"),
        ({"objects": 0, "placements": [[0, 0, -1]]}, "test image -1"),
        ({"objects": 0, "placements": [[0, 0, 0]], "split": "validation"}, r"test images 20\.\.39"),
    ],
)
def test_bad_knobs_are_named(marked: Arrays, change: dict[str, object], says: str) -> None:
    with pytest.raises(InputError, match=says):
        make_scenes(replace(RANDOM, **change), marked, 0.5, "mosaics.x")  # type: ignore[arg-type]


def test_an_empty_split_is_named(marked: Arrays) -> None:
    with pytest.raises(InputError, match="from 0 in the split validation"):
        make_scenes(replace(RANDOM, split="validation"), marked, 0.0, "m")
    with pytest.raises(InputError, match="holds no images"):
        make_scenes(MosaicConfig("test", [40, 50], placements=[[0, 0, 0]]), marked, 1.0, "m")
