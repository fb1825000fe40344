"""Random shifts of images, drawn and applied inside the graph."""

from typing import Any

import tensorflow as tf


def draw_shifts(count: int, height: int, width: int, share: float, seed: Any) -> Any:
    """Draw one continuous shift per image, uniform in ±`share` of height and width.

    Args:
        count: images.
        height: pixels.
        width: pixels.
        share: 0 to 1.
        seed: two integers `(2,)`; the same pair draws the same shifts.

    Returns:
        Tensor `(N, 2)`: pixels down, pixels to the right.
    """
    # Drawn for the whole batch, so that the same shifts come whatever the number of its parts. Keras'
    # RandomTranslation, called once per part, would draw others.
    unit = tf.random.stateless_uniform((count, 2), seed=seed, minval=-1.0, maxval=1.0)
    return unit * tf.constant([share * height, share * width], tf.float32)


def _folded(places: Any, size: int, fill: str) -> Any:
    """Return which pixel stands at each place; none (a place outside) where the fill is a constant."""
    if fill == "nearest":
        return tf.clip_by_value(places, 0, size - 1)
    if fill == "wrap":
        return tf.math.floormod(places, size)
    if fill == "reflect":
        around = tf.math.floormod(places, 2 * size)
        return tf.minimum(around, 2 * size - 1 - around)
    return places


def _weights(shifts: Any, size: int, fill: str) -> Any:
    """Return how much of each pixel goes into each shifted pixel, along one axis: `(N, size, size)`."""
    places = tf.range(size, dtype=tf.float32)[None] - shifts[:, None]
    before = tf.floor(places)
    share = (places - before)[..., None]
    first = tf.cast(before, tf.int32)
    left, right = (tf.one_hot(_folded(first + step, size, fill), size) for step in (0, 1))
    return left * (1 - share) + right * share


def shifted(images: Any, shifts: Any, fill: str) -> Any:
    """Shift each image by a fraction of pixels, bilinearly.

    Args:
        images: float tensor `(N, H, W, C)` of known shape.
        shifts: tensor `(N, 2)`, pixels down and to the right.
        fill: what lies beyond the border: `nearest` repeats the last pixel, `constant` is 0, `reflect` mirrors
            (d c b a | a b c d), `wrap` tiles (a b c d | a b c d).

    Returns:
        Tensor `(N, H, W, C)`.
    """
    # A shift is a product of one matrix per axis. For small images that is several times quicker on one thread than
    # the general projective transform behind Keras' RandomTranslation.
    count, height, width, channels = images.shape
    down = _weights(shifts[:, 0], height, fill)
    right = _weights(shifts[:, 1], width, fill)
    moved = tf.matmul(down, tf.reshape(images, (count, height, width * channels)))
    if channels == 1:
        return tf.matmul(moved, right, transpose_b=True)[..., None]
    return tf.einsum("nxw,nywc->nyxc", right, tf.reshape(moved, (count, height, width, channels)))
