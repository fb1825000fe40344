"""Grounds: one colour, parts of photographs, noise."""

import numpy as np
import pytest

from fullconv.data.pictures.photos import PHOTOS, photos
from fullconv.data.scenes.grounds import photo_ground, plain_ground, with_noise
from fullconv.errors import InputError


def test_a_plain_ground_has_the_objects_colour() -> None:
    np.testing.assert_array_equal(plain_ground((2, 3), np.array([7], np.float32), 3), np.full((2, 3, 3), 7))
    np.testing.assert_array_equal(plain_ground((1, 1), np.array([1, 2, 3], np.float32), 3), [[[1, 2, 3]]])


def test_photo_grounds_are_parts_of_every_picture_at_every_place() -> None:
    pictures = [np.arange(20, dtype=np.uint8).reshape(4, 5, 1).repeat(3, axis=2) + start for start in (0, 100)]
    rng = np.random.default_rng(0)
    corners = {float(photo_ground((3, 3), pictures, rng)[0, 0, 0]) for _ in range(300)}
    assert corners == {start + row * 5 + column for start in (0, 100) for row in (0, 1) for column in (0, 1, 2)}


@pytest.mark.parametrize("canvas", [(8, 5), (4, 20), (9, 21), (4, 5)])
def test_a_picture_that_is_too_small_is_enlarged_in_proportion(canvas: tuple[int, int]) -> None:
    picture = np.zeros((4, 5, 3), np.uint8)
    picture[:, 3:] = 200
    ground = photo_ground(canvas, [picture], np.random.default_rng(0))
    assert ground.shape == (*canvas, 3)
    assert set(np.unique(ground[:, 0])) <= {*range(201)}


def test_noise_moves_every_value_inwards_by_each_step() -> None:
    ground = np.concatenate([np.zeros((100, 100, 3)), np.full((100, 100, 3), 255)]).astype(np.float32)
    noisy = with_noise(ground, 4, np.random.default_rng(0))
    shares = np.stack([np.bincount(half.astype(int).ravel(), minlength=256) / 30000 for half in np.split(noisy, 2)])
    np.testing.assert_allclose(shares[0, :5], 0.2, atol=0.02)
    np.testing.assert_allclose(shares[1, 251:], 0.2, atol=0.02)
    assert (noisy[..., 0] != noisy[..., 1]).any()
    np.testing.assert_array_equal(with_noise(ground, 0, np.random.default_rng(0)), ground)


def test_photos_are_colour_pictures_and_read_only() -> None:
    for split, names in PHOTOS.items():
        pictures = photos(split)
        assert len(pictures) == len(names) >= 3
        for picture in pictures:
            assert picture.dtype == np.uint8
            assert picture.ndim == 3
            assert picture.shape[2] == 3
            assert min(picture.shape[:2]) >= 300
            with pytest.raises(ValueError, match="read-only"):
                picture[0, 0, 0] = 0


def test_no_picture_is_in_two_splits() -> None:
    seen = [photo.tobytes() for split in PHOTOS for photo in photos(split)]
    assert len(set(seen)) == len(seen) == sum(map(len, PHOTOS.values()))


def test_an_unknown_split_is_named() -> None:
    with pytest.raises(InputError, match="split: 'all'"):
        photos("all")


def test_a_picture_that_the_package_lacks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(PHOTOS, "test", ("skimage/absent.png",))
    with pytest.raises(InputError, match=r"photo absent\.png: not in the installed skimage"):
        photos("test")
