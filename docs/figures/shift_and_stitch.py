"""Make the picture beside this file: a classifier trained in seconds, and shift-and-stitch on a mosaic for it.

    python docs/figures/shift_and_stitch.py OUT.gif

Without network access: the objects are the digits that come with scikit-learn.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from fullconv.config.schema import ModelConfig, MosaicConfig
from fullconv.convert.conversion import Conversion, convolutionalize
from fullconv.data.scenes.mosaics import make_scenes
from fullconv.data.sources.bundled import digits_like_mnist
from fullconv.figures.stitch_animation import write_stitch_gif
from fullconv.models.build import build_classifier

_MODEL = ModelConfig(architecture="valid", channels=[16, 32], units=64)
_CLASSES = 10
_WINDOWS, _EPOCHS, _SEED = 10_000, 6, 0
_NOISE = 24  # pixels of empty places lie in 0.._NOISE
_NEAR, _FAR = 2, 6  # pixels: an object that far from the centre is the window's class, or background
_PLACES = ((5, 5, 3), (6, 32, 8), (33, 6, 7), (31, 31, 3))  # row, column, class
_SHOWN = 3


@dataclass(frozen=True, eq=False)
class Example:
    """A conversion, an image `(H, W, C)` in 0..1, and a class to look at."""

    conversion: Conversion
    image: npt.NDArray[np.float32]
    class_index: int
    name: str


def example(windows: int = _WINDOWS, epochs: int = _EPOCHS) -> Example:
    """Train a padding-free classifier of window 28 and stride 4 pixels; return it with a mosaic of unseen objects."""
    arrays = digits_like_mnist()
    classifier = build_classifier(_MODEL, (28, 28, 1), _CLASSES + 1, _SEED)
    images, labels = context_windows(arrays.train_images, arrays.train_labels, windows, _SEED)
    keras.utils.set_random_seed(_SEED)
    classifier.compile("adam", "sparse_categorical_crossentropy")
    classifier.fit(images, labels, batch_size=64, epochs=epochs, verbose=0)
    firsts = {number: iter(np.flatnonzero(arrays.test_labels == number).tolist()) for number in range(_CLASSES)}
    placements = [[row, col, next(firsts[number])] for row, col, number in _PLACES]
    config = MosaicConfig(split="test", canvas=[64, 64], noise=_NOISE, placements=placements)
    (scene,) = make_scenes(config, arrays, 0.0, "example")
    return Example(convolutionalize(classifier), (scene.image / 255).astype(np.float32), _SHOWN, f"“{_SHOWN}”")


def context_windows(images: Any, labels: Any, count: int, seed: int) -> tuple[Any, Any]:
    """Return windows `(count, h, w, C)` in 0..1 as they occur in a mosaic, and their classes.

    Half hold an object near the centre and perhaps parts of others beside it; the rest, of the class after the last,
    only objects off the centre, or none.
    """
    rng = np.random.default_rng(seed)
    height, width, channels = images.shape[1:]
    canvases = rng.integers(0, _NOISE, (count, 3 * height, 3 * width, channels), np.uint8, endpoint=True)
    named = np.full(count, _CLASSES)
    for number, canvas in enumerate(canvases):
        central = number % 2 == 0
        for _ in range(rng.integers(0, 3)):
            _paste(canvas, images[rng.integers(len(images))], _offset(rng, 20 if central else _FAR, height - 1))
        if central:
            chosen = rng.integers(len(images))
            _paste(canvas, images[chosen], _offset(rng, 0, _NEAR))
            named[number] = labels[chosen]
    middle = canvases[:, height : 2 * height, width : 2 * width]
    return (middle / 255).astype(np.float32), named


def _offset(rng: np.random.Generator, low: int, high: int) -> npt.NDArray[np.int64]:
    """Draw `(y, x)` in pixels whose larger part is in `low..high`."""
    while True:
        offset = rng.integers(-high, high, 2, endpoint=True)
        if np.abs(offset).max() >= low:
            return offset


def _paste(canvas: Any, image: Any, offset: npt.NDArray[np.int64]) -> None:
    height, width = image.shape[:2]
    y, x = height + int(offset[0]), width + int(offset[1])
    place = canvas[y : y + height, x : x + width]
    np.maximum(place, image, out=place)


def main() -> None:
    """Train a small classifier and write the documentation's animation of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path, metavar="OUT.gif", help="where to write it")
    out = parser.parse_args().out
    shown = example()
    write_stitch_gif(out, shown.conversion, shown.image, shown.class_index, name=shown.name)


if __name__ == "__main__":
    main()
