"""Grounds sewn of what crops show beside their objects."""

import numpy as np
import pytest

from fullconv.data.crops.grounds import ground_of, quilted, resized, texture_of


def discs(count: int, side: int, ground: tuple[int, int, int], rng: np.random.Generator) -> np.ndarray:
    """Red discs on a noisy ground, RGB."""
    images = np.clip(np.array(ground) + rng.integers(-10, 11, (count, side, side, 3)), 0, 255)
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    images[:, np.hypot(y, x) < side * 0.42] = (200, 20, 30)
    return images.astype(np.uint8)


@pytest.mark.parametrize("size", [(60, 90), (7, 3), (1, 1)])
def test_a_ground_has_the_colour_and_the_grain_of_the_borders_and_none_of_the_object(size: tuple[int, int]) -> None:
    rng = np.random.default_rng(0)
    ground = ground_of(discs(40, 28, (60, 140, 90), rng), size, rng)
    assert ground.shape == (*size, 3)
    assert ground.dtype == np.uint8
    assert (np.abs(ground.astype(int) - (60, 140, 90)) <= 11).all()
    if size == (60, 90):
        assert 4 < ground.std(axis=(0, 1)).mean() < 8  # uniform noise of -10..10: 6.06


def test_of_crops_on_several_grounds_one_scene_has_one() -> None:
    rng = np.random.default_rng(1)
    images = np.concatenate([discs(40, 24, colour, rng) for colour in ((20, 20, 20), (230, 230, 230))])
    means = [ground_of(images, (40, 40), rng).mean() for _ in range(8)]
    assert {round(mean, -1) for mean in means} == {20, 230}


def test_grounds_depend_on_the_generator_alone() -> None:
    images = discs(10, 20, (90, 90, 90), np.random.default_rng(2))
    one, same, other = (ground_of(images, (30, 30), np.random.default_rng(seed)) for seed in (5, 5, 6))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("channels", [1, 3])
def test_one_crop_that_is_all_object_still_gives_a_ground(channels: int) -> None:
    image = np.random.default_rng(0).integers(0, 256, (1, 16, 16, channels), dtype=np.uint8)
    assert ground_of(image, (20, 25), np.random.default_rng(0)).shape == (20, 25, channels)


def test_sewn_stripes_go_on_across_the_seams() -> None:
    # Patches of one striped picture, cut at every phase: a good sewing finds the phase that goes on.
    rng = np.random.default_rng(0)
    stripes = np.tile(np.repeat([40, 200], 4), 20)[None, :, None] * np.ones((80, 1, 1))
    patches = np.stack([stripes[:12, start : start + 12] for start in range(8)]).astype(np.float32)
    sewn = quilted(patches, (60, 60), rng).astype(int)
    lengths = [len(run) for row in sewn[..., 0] for run in np.split(row, np.flatnonzero(np.diff(row)) + 1)[1:-1]]
    assert np.mean(np.array(lengths) == 4) > 0.8


def test_textures_are_of_one_picture_of_nothing() -> None:
    pictures = tuple(np.full((20, 9, 3), value, np.uint8) for value in (10, 250))
    made = [np.unique(texture_of(pictures, (30, 31), 12, np.random.default_rng(seed))) for seed in range(6)]
    assert {tuple(values) for values in made} == {(10,), (250,)}


@pytest.mark.parametrize("channels", [1, 3])
def test_a_resized_picture_keeps_its_channels(channels: int) -> None:
    assert resized(np.zeros((4, 6, channels), np.uint8), (9, 5)).shape == (9, 5, channels)
