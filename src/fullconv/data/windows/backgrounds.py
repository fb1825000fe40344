"""Images of nothing: the class that a classifier needs where there is no object."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from fullconv.config.schema import BackgroundConfig
from fullconv.data.arrays import Arrays
from fullconv.data.windows.drawing import WindowSource
from fullconv.data.windows.windows import apart
from fullconv.errors import InputError


def background_images(
    count: int, shape: Sequence[int], low: int, high: int, seed: int | Sequence[int]
) -> npt.NDArray[np.uint8]:
    """Noise images `(N, H, W, C)`: each pixel a uniform integer in `low..high`, both ends included.

    `shape` is `(H, W, C)`.

    Raises:
        InputError: a negative count or seed, or pixel values that are no range within 0..255.
    """
    if count < 0:
        raise InputError("background", f"{count} images", "Give a count of 0 or more.")
    if not 0 <= low <= high <= 255:
        raise InputError("background.low, background.high", f"{low}..{high}", "Give 0 <= low <= high <= 255.")
    if min([seed] if isinstance(seed, int) else seed) < 0:
        raise InputError("seed", f"{seed}", "Give a seed of 0 or more.")
    rng = np.random.default_rng(seed)
    return rng.integers(low, high, (count, *shape), dtype=np.uint8, endpoint=True)


def with_background(arrays: Arrays, config: BackgroundConfig, classes: int, seed: int) -> Arrays:
    """Append `config.train` and `config.test` background images with the label `classes`, one past the last class.

    They are noise; where training draws windows, `config.test` windows around no test image in particular. Returns
    the arrays as they are when the background is no class.

    Raises:
        InputError: negative counts, training images without test images, or pixel values out of range.
    """
    if config.train < 0 or config.test < 0:
        received = f"{config.train} and {config.test}"
        raise InputError("background.train, background.test", received, "Give counts of 0 or more.")
    if not config.learned:
        return arrays
    if config.test == 0:
        key, value = ("windows", config.windows) if config.windows else ("train", config.train)
        raise InputError("background.test", f"0 beside background.{key}={value}", "Give at least 1.")
    shape = arrays.train_images.shape[1:]
    train = background_images(config.train, shape, config.low, config.high, [seed, 0])
    if config.windows:
        test = _apart(arrays.test_images, arrays.test_labels, config, [seed, 1])
    else:
        test = background_images(config.test, shape, config.low, config.high, [seed, 1])
    return Arrays(
        np.concatenate([arrays.train_images, train]),
        np.concatenate([arrays.train_labels, np.full(len(train), classes, np.int32)]),
        np.concatenate([arrays.test_images, test]),
        np.concatenate([arrays.test_labels, np.full(len(test), classes, np.int32)]),
    )


def _apart(
    images: npt.NDArray[np.uint8], labels: npt.NDArray[np.int32], config: BackgroundConfig, seed: Sequence[int]
) -> npt.NDArray[np.uint8]:
    """Return `config.test` windows without an object in their middle."""
    source = WindowSource(images, labels, replace(config, share=1.0))
    found: list[npt.NDArray[np.uint8]] = []
    while sum(map(len, found)) < config.test:
        drawn = source.draw(config.test, [*seed, len(found)])
        found.append(drawn.images[apart(drawn)])
    return np.concatenate(found)[: config.test]
