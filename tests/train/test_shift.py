"""Random shifts against brute force and against TensorFlow's general projective transform."""

import numpy as np
import numpy.typing as npt
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from fullconv.train.checks import FILLS
from fullconv.train.shift import draw_shifts, shifted


def pixel(row: npt.NDArray[np.float64], place: int, fill: str) -> npt.NDArray[np.float64]:
    size = len(row)
    if fill == "constant" and not 0 <= place < size:
        return np.zeros_like(row[0])
    if fill == "nearest":
        place = min(max(place, 0), size - 1)
    elif fill == "wrap":
        place %= size
    elif fill == "reflect":
        while not 0 <= place < size:
            place = -1 - place if place < 0 else 2 * size - 1 - place
    return row[place]


def along_first_axis(image: npt.NDArray[np.float64], move: float, fill: str) -> npt.NDArray[np.float64]:
    out = np.zeros_like(image)
    for to in range(len(image)):
        before = int(np.floor(to - move))
        share = to - move - before
        out[to] = (1 - share) * pixel(image, before, fill) + share * pixel(image, before + 1, fill)
    return out


@given(
    fill=st.sampled_from(FILLS),
    height=st.integers(1, 6),
    width=st.integers(1, 6),
    channels=st.integers(1, 3),
    shares=st.tuples(st.floats(-0.99, 0.99), st.floats(-0.99, 0.99)),
)
@settings(max_examples=60)
def test_shift_is_bilinear(fill: str, height: int, width: int, channels: int, shares: tuple[float, float]) -> None:
    image = np.random.default_rng(0).random((height, width, channels))
    moves = np.array([[shares[0] * height, shares[1] * width]], np.float32)
    expected = along_first_axis(image, float(moves[0, 0]), fill)
    expected = along_first_axis(expected.swapaxes(0, 1), float(moves[0, 1]), fill).swapaxes(0, 1)
    found = shifted(tf.constant(image[None], tf.float32), tf.constant(moves), fill)[0]
    np.testing.assert_allclose(found, expected, atol=2e-5)


# Not `wrap`: the transform's period is one pixel short there, ours tiles.
@pytest.mark.parametrize("fill", [fill for fill in FILLS if fill != "wrap"])
def test_shift_agrees_with_the_transform_behind_random_translation(fill: str) -> None:
    images = tf.random.stateless_uniform((20, 9, 12, 2), seed=(1, 2))
    moves = draw_shifts(20, 9, 12, 0.4, (3, 4))
    one, zero = tf.ones(20), tf.zeros(20)
    transforms = tf.stack([one, zero, -moves[:, 1], zero, one, -moves[:, 0], zero, zero], axis=1)
    expected = tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=transforms,
        output_shape=(9, 12),
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode=fill.upper(),
    )
    np.testing.assert_allclose(shifted(images, moves, fill), expected, atol=1e-5)


def test_a_whole_shift_moves_pixels_down_and_right() -> None:
    image = np.zeros((1, 4, 4, 1), np.float32)
    image[0, 1, 0] = 1
    moved = shifted(tf.constant(image), tf.constant([[2.0, 1.0]]), "constant").numpy()
    assert moved[0, 3, 1, 0] == 1
    assert moved.sum() == 1


def test_drawn_shifts_fill_their_range() -> None:
    moves = draw_shifts(4000, 20, 10, 0.2, (5, 6)).numpy()
    assert moves.shape == (4000, 2)
    np.testing.assert_allclose(np.abs(moves).max(axis=0), [4, 2], rtol=0.01)
    # A uniform distribution: mean 0, standard deviation limit/√3; the bounds are five standard errors.
    np.testing.assert_allclose(moves.mean(axis=0) / [4, 2], 0, atol=5 / np.sqrt(3 * 4000))
    np.testing.assert_allclose(moves.std(axis=0) * np.sqrt(3) / [4, 2], 1, atol=0.05)
    assert abs(np.corrcoef(moves.T)[0, 1]) < 0.08


def test_drawn_shifts_follow_the_seed() -> None:
    first = draw_shifts(5, 8, 8, 0.5, (1, 2)).numpy()
    assert (first == draw_shifts(5, 8, 8, 0.5, (1, 2)).numpy()).all()
    assert (first != draw_shifts(5, 8, 8, 0.5, (1, 3)).numpy()).any()
