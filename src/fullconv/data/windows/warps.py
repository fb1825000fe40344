"""Many images moved, turned and resized at once."""

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Poses:
    """Where each of N objects stands in its window, `(N,)` each."""

    y: Floats  # pixels from the window's middle down to the object's
    x: Floats  # pixels to the right
    scale: Floats  # size on the window, as a multiple of the image's
    angle: Floats  # degrees, counter-clockwise
    stretch: Floats  # logarithm of height over width, as compared with the image's

    def of(self, which: npt.NDArray[np.int64]) -> "Poses":
        """Return the poses of some of the objects."""
        return Poses(*(getattr(self, one.name)[which] for one in fields(self)))


def warped(images: Floats, poses: Poses, size: tuple[int, int] | None = None) -> Floats:
    """Return images `(N, H, W, C)` in their poses, bilinearly, on windows of a `size`; 0 beyond their border.

    Not given, the size is that of the images.
    """
    import tensorflow as tf

    height, width = images.shape[1:3]
    middle_y, middle_x = (height - 1) / 2, (width - 1) / 2
    wanted = size or (height, width)
    # From a window's pixel back to the image's: the turn is undone, then the size.
    cos, sin = np.cos(np.radians(poses.angle)), np.sin(np.radians(poses.angle))
    wide, high = poses.scale * np.exp(-poses.stretch / 2), poses.scale * np.exp(poses.stretch / 2)
    down, right = (wanted[0] - 1) / 2 + poses.y, (wanted[1] - 1) / 2 + poses.x
    rows = [
        cos / wide,
        -sin / wide,
        middle_x - (cos * right - sin * down) / wide,
        sin / high,
        cos / high,
        middle_y - (sin * right + cos * down) / high,
        *np.zeros((2, len(images))),
    ]
    warps: Floats = tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=np.stack(rows, axis=1).astype(np.float32),
        output_shape=list(wanted),
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
    ).numpy()
    return warps


def softened(images: Floats, factors: Floats) -> Floats:
    """Return images `(N, H, W, C)` as if each had been taken at `factors` `(N,)` of its resolution and enlarged again.

    Factors are rounded to whole pixels of height; 1 leaves an image as it is.
    """
    import tensorflow as tf

    size = images.shape[1:3]
    heights = np.rint(size[0] * factors).astype(np.int64)
    result = images.copy()
    for height in np.unique(heights[heights < size[0]]):
        rows = np.flatnonzero(heights == height)
        small = tf.image.resize(images[rows], (height, max(1, round(size[1] * height / size[0]))), antialias=True)
        result[rows] = tf.image.resize(small, size).numpy()
    return result
