"""Windows of larger scenes: what is in their middle, how sure it is, and that a seed decides it all."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from fullconv.config.schema import BackgroundConfig, GroundsConfig
from fullconv.data.sources.bundled import digits_like_mnist
from fullconv.data.windows.backdrops import backdrops, checked_shares
from fullconv.data.windows.backgrounds import with_background
from fullconv.data.windows.drawing import WindowSource
from fullconv.data.windows.warps import Poses, softened, warped
from fullconv.data.windows.windows import Windows, apart
from fullconv.errors import InputError

QUIET: dict[str, Any] = {
    "windows": 200,
    "share": 0.5,
    "sizes": [0.5, 2.0],
    "place": 1.0,
    "size": 0.1,
    "place_tolerance": 2.0,
    "size_tolerance": 0.2,
    "grounds": GroundsConfig(),
}


def config(**knobs: Any) -> BackgroundConfig:
    return BackgroundConfig(**{**QUIET, **knobs})


def only(kind: str) -> GroundsConfig:
    return GroundsConfig(**{"plain": 0.0, kind: 1.0})


def blocks(count: int = 12, channels: int = 1, side: int = 20) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int32]]:
    """Black images with a white square in the middle: its place and size in a window can be measured."""
    images = np.zeros((count, side, side, channels), np.uint8)
    images[:, 3 * side // 10 : 7 * side // 10, 3 * side // 10 : 7 * side // 10] = 255
    return images, (np.arange(count) % 3).astype(np.int32)


def centre_of(image: npt.NDArray[Any]) -> tuple[float, float]:
    ink = image.astype(np.float64).sum(axis=2)
    rows, cols = np.arange(ink.shape[0]), np.arange(ink.shape[1])
    return float((ink.sum(1) * rows).sum() / ink.sum()), float((ink.sum(0) * cols).sum() / ink.sum())


def test_an_object_moves_grows_and_turns_by_its_pose() -> None:
    images = blocks(3)[0].astype(np.float32)
    poses = Poses(*np.array([[2.0, 0, -3], [-1.5, 0, 0], [1, 1.5, 1], [0, 0, 90], [0, 0, 0]], np.float32))
    out = warped(images, poses)
    for one, (y, x) in zip(out, ((2, -1.5), (0, 0), (-3, 0)), strict=True):
        assert centre_of(one) == pytest.approx((9.5 + y, 9.5 + x), abs=0.02)
    assert out[1].sum() / images[1].sum() == pytest.approx(1.5**2, rel=0.02)
    assert out[2].sum() == pytest.approx(images[2].sum(), rel=1e-3)


def test_a_turn_goes_one_way_about_the_middle() -> None:
    bar = np.zeros((1, 21, 21, 1), np.float32)
    bar[0, 10, 10:18] = 1  # from the middle to the right
    turned = warped(bar, Poses(*np.array([[0.0], [0], [1], [90], [0]], np.float32)))[0, ..., 0]
    upright = np.rot90(bar[0, ..., 0])  # counter-clockwise, as the picture is looked at
    np.testing.assert_allclose(turned, upright, atol=1e-4)


def test_a_stretched_object_is_taller_and_narrower() -> None:
    images = blocks(2, side=100)[0].astype(np.float32)
    tall, wide = warped(images, Poses(*np.array([[0.0, 0], [0, 0], [1, 1], [0, 90], [0.4, 0.4]], np.float32)))[..., 0]
    for image, shape in ((tall, (1.22, 0.82)), (wide, (0.82, 1.22))):
        sides = [np.count_nonzero(image.max(axis=axis) > 128) / 40 for axis in (1, 0)]
        assert sides == pytest.approx(shape, abs=0.04)


def test_softening_loses_detail_and_keeps_the_rest() -> None:
    rng = np.random.default_rng(0)
    images = rng.random((3, 20, 20, 2)).astype(np.float32)
    soft = softened(images, np.array([1.0, 0.5, 0.25], np.float32))
    np.testing.assert_array_equal(soft[0], images[0])
    roughness = [float(np.abs(np.diff(one, axis=0)).mean()) for one in soft]
    assert roughness[0] > 1.5 * roughness[1] > 2 * roughness[2]
    np.testing.assert_allclose(soft.mean(axis=(1, 2)), images.mean(axis=(1, 2)), atol=0.03)


def test_certainty_is_a_bell_over_place_and_size() -> None:
    images, labels = blocks()
    drawn = WindowSource(images, labels, config(share=0.0, place=3.0, size=0.0)).draw(300, [1])
    assert drawn.certainty is not None
    for image, sure in zip(drawn.images, drawn.certainty, strict=True):
        if image[0].any() or image[-1].any() or image[:, 0].any() or image[:, -1].any():
            continue  # cut by the border: the square's middle cannot be measured
        y, x = centre_of(image)
        assert sure == pytest.approx(np.exp(-((y - 9.5) ** 2 + (x - 9.5) ** 2) / 2 / 2.0**2), abs=0.02)


def test_a_size_that_differs_is_less_sure() -> None:
    images, labels = blocks(side=100)
    drawn = WindowSource(images, labels, config(share=0.0, place=0.0, size=0.2)).draw(300, [1])
    assert drawn.certainty is not None
    sizes = np.sqrt(drawn.images.astype(float).sum(axis=(1, 2, 3)) / 255) / 40
    np.testing.assert_allclose(drawn.certainty, np.exp(-((np.log(sizes) / 0.2) ** 2) / 2), atol=0.05)


def test_a_share_is_the_backgrounds() -> None:
    images, labels = blocks()
    for share in (0.0, 0.5, 1.0):
        drawn = WindowSource(images, labels, config(share=share, size=0.0, place=0.0)).draw(2000, [2])
        # Of the share, a few stand in the middle by chance.
        assert apart(drawn).mean() == pytest.approx(share, abs=0.08)
    empty = WindowSource(images, labels, config(share=1.0, empty=1.0)).draw(50, [2])
    assert not empty.images.any()
    assert apart(empty).all()


def test_labels_are_those_of_the_objects_in_the_middle() -> None:
    arrays = digits_like_mnist()
    drawn = WindowSource(arrays.train_images, arrays.train_labels, config(share=0.0, place=0, size=0)).draw(100, [0])
    known = zip(arrays.train_images, arrays.train_labels, strict=True)
    label_of = {image.tobytes(): int(label) for image, label in known}
    assert [label_of[image.tobytes()] for image in drawn.images] == drawn.labels.tolist()


def test_neighbours_overlap_as_little_as_asked() -> None:
    images, labels = blocks(side=20)
    images[:] = 255  # whole frames: what two cover can be counted
    images[:, 0, 0] = 0  # the ground is the border's median, which stays white otherwise
    images[:, [0, -1]] = 0
    images[:, :, [0, -1]] = 0
    alone = WindowSource(images, labels, config(share=0.0, place=0, size=0)).draw(50, [0]).images
    beside = WindowSource(images, labels, config(share=0.0, place=0, size=0, neighbours=1, company=1.0, overlap=0.0))
    # An object of no overlap cannot reach into a frame that fills the window.
    np.testing.assert_array_equal(beside.draw(50, [0]).images, alone)
    small = config(share=0.0, place=0, size=0, neighbours=3, company=1.0, overlap=0.5, contrast=1.0)
    assert not np.array_equal(WindowSource(*blocks(), small).draw(50, [0]).images, alone)


@pytest.mark.parametrize("channels", [1, 3])
def test_the_seed_decides_everything_and_light_can_turn_dark(channels: int) -> None:
    images, labels = blocks(channels=channels)
    knobs = config(
        neighbours=2,
        company=0.5,
        overlap=0.25,
        contrast=0.5,
        resolution=0.5,
        rotation=10.0,
        inverted=0.5,
        grounds=GroundsConfig(1, 1, 1, 1),
    )
    one, two, other = (WindowSource(images, labels, knobs).draw(64, [seed]) for seed in (3, 3, 4))
    assert one.images.shape == (64, 20, 20, channels)
    assert one.images.dtype == np.uint8
    assert one.images.tobytes() == two.images.tobytes()
    assert one.images.tobytes() != other.images.tobytes()
    more = WindowSource(images, labels, knobs).draw(6000, [3])
    again = WindowSource(images, labels, knobs).draw(6000, [3])
    assert more.images.tobytes() == again.images.tobytes()  # drawn in parts, side by side


def test_grounds_are_what_their_names_say() -> None:
    rng = np.random.default_rng(0)
    ground = np.zeros(1, np.float32)
    made = {kind: backdrops(40, (16, 16, 1), only(kind), ground, rng) for kind in ("plain", "dim", "noise", "photo")}
    assert not made["plain"].any()
    assert 0 < made["dim"].max() <= 255 / 7
    assert made["noise"].std() > 30
    assert made["photo"].std() > 30
    assert all(one.min() >= 0 and one.max() <= 255 for one in made.values())
    light = backdrops(5, (4, 4, 3), only("dim"), np.full(3, 255, np.float32), rng)
    assert light.min() >= 255 - 255 / 7
    assert light.max() <= 255


@pytest.mark.parametrize("plain", [-1.0, 0.0, float("nan"), float("inf")])
def test_weights_that_are_none_are_named(plain: float) -> None:
    with pytest.raises(InputError, match=r"background\.grounds"):
        checked_shares(GroundsConfig(plain=plain))


def test_validation_windows_show_no_object_in_their_middle() -> None:
    arrays = digits_like_mnist()
    more = with_background(arrays, config(test=30), 10, seed=1)
    assert len(more.train_images) == len(arrays.train_images)
    assert more.test_labels[-30:].tolist() == [10] * 30
    assert more.test_images[-30:].any()
    with pytest.raises(InputError, match=r"background\.windows=200"):
        with_background(arrays, config(test=0), 10, seed=1)


def test_windows_can_be_chosen() -> None:
    drawn = Windows(np.zeros((3, 2, 2, 1), np.uint8), np.arange(3, dtype=np.int32), np.array([0.0, 0.5, 1], np.float32))
    assert drawn.of(np.array([2, 0])).labels.tolist() == [2, 0]
    assert apart(drawn).tolist() == [True, False, False]
    assert not apart(Windows(drawn.images, drawn.labels)).any()
