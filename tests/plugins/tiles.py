"""Random networks and pictures, and a picture searched in tiles and at once: what tests of tiles share."""

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import keras
import numpy as np
from keras import layers
from scipy.ndimage import gaussian_filter

from fullconv.config.schema import LocateConfig
from fullconv.convert.conversion import Conversion, convolutionalize
from fullconv.large.pixels import Pixels
from fullconv.large.search import LargeSearch
from fullconv.large.sources.arrays import ArraySource
from fullconv.locate.channels import Channels
from fullconv.locate.detections import Found
from fullconv.locate.finder import Finder
from fullconv.locate.peaks.reader import PeakReader

# A score is a sum of some hundred products below 1, added up in another order.
ROUNDING = 1e-5
# A place between cells is where a parabola through log-odds is highest: an almost flat one moves by more than rounding.
PIXELS, SCORE = 1e-2, 1e-4
KNOBS = LocateConfig(
    floor=0.05,
    overlap=0.3,
    sizes=[],
    spacing=1.19,
    border=0.2,
    engine="auto",
    fuse="max",
    box="window",
    batch_size=4,
    search="whole",
)


@cache
def network(kind: str, window: int, stride: int, seed: int, channels: int = 1) -> Conversion:
    """Return a random network of three classes, the last of which may be the background."""
    rng = np.random.default_rng(seed)
    seen = image = keras.Input((window, window, channels))
    if kind == "padded":
        seen = layers.Conv2D(3, 3, padding="same", activation="relu")(seen)
        seen = layers.MaxPooling2D(stride)(seen)
        seen = layers.Conv2D(3, 3, padding="same", activation="relu")(seen)
    if kind == "deep":
        seen = layers.Conv2D(4, 3, activation="relu")(seen)
        seen = layers.Conv2D(4, 2, strides=stride, activation="relu")(seen)
    if kind == "naming":
        seen = layers.Conv2D(4, 3, strides=stride, activation="relu")(seen)
        seen = layers.Dense(6, activation="relu", name="hidden")(layers.Flatten()(seen))
    seen = layers.Conv2D(3, window, strides=stride)(seen) if kind == "flat" else layers.Dense(3)(layers.Flatten()(seen))
    seen = layers.Activation("softmax")(layers.Flatten()(seen))
    model = keras.Model(image, seen)
    weights = model.get_weights()
    model.set_weights([rng.normal(0, 1.5 / np.sqrt(np.prod(one.shape[:-1])), one.shape) for one in weights])
    return convolutionalize(model)


def bells() -> Conversion:
    """Return a conversion that scores round spots, the softer the farther off they are in place or size."""
    convolution = layers.Conv2D(2, 16, strides=4)
    model = keras.Sequential([keras.Input((16, 16, 1)), convolution, layers.Flatten(), layers.Activation("softmax")])
    away = np.hypot(*(np.mgrid[:16, :16] + 0.5 - 8))
    kernel = np.zeros((16, 16, 1, 2), np.float32)
    kernel[..., 0, 0] = np.where(away <= 4, 0.12, -0.06)
    convolution.set_weights([kernel, np.array([-3.5, 0], np.float32)])
    return convolutionalize(model)


SPOTS = bells()


def reader(conversion: Conversion, background: bool = True, box: str = "window", **changes: Any) -> PeakReader:
    classes = int(conversion.model.output_shape[-1]) - background
    channels = Channels(tuple("abc"[:classes]), background)
    return PeakReader(Finder("f", conversion, channels, replace(KNOBS, **changes)), box)


def picture(kind: str, seed: int, size: tuple[int, int]) -> Any:
    """Return an image (h, w, 1); only an `even` one has places that look the same to the last bit."""
    rng = np.random.default_rng(seed)
    noise = rng.random(size)
    if kind == "noise":
        made = noise
    elif kind == "soft":
        made = gaussian_filter(noise, 2.0) * 4 - 1.5
    else:
        y, x = np.mgrid[: size[0], : size[1]] + 0.5
        made = np.zeros(size)
        for _ in range(size[0] * size[1] // 1500 + 1):
            row, col, side = rng.uniform(0, size[0]), rng.uniform(0, size[1]), rng.uniform(6, 28)
            made = np.maximum(made, rng.uniform(0.3, 1) * np.clip(side / 2 - np.hypot(y - row, x - col) + 0.5, 0, 1))
        if kind == "repeated":
            height, width = (max(12, side // 3) for side in size)
            made = np.tile(made[:height, :width], (4, 4))[: size[0], : size[1]]
        if kind != "even":
            made = 0.98 * made + 0.02 * noise
    return np.clip(made, 0, 1).astype(np.float32)[..., None]


def coloured(kind: str, seed: int, size: tuple[int, int]) -> Any:
    """Return an image (h, w, 3) whose channels show different things."""
    return np.concatenate([picture(kind, 10 * seed + channel, size) for channel in range(3)], axis=-1)


@dataclass
class Both:
    """What one image shows when it is searched in tiles, and at once."""

    search: LargeSearch
    scores: Any
    objects: list[Found]
    once: Any


def both(one: PeakReader, image: Any, values: int = 1) -> Both:
    search = LargeSearch(one, Pixels(ArraySource(image)), values)
    times = np.zeros(search.plan.cells, int)
    scores = np.full((*search.plan.cells, one.channels), np.nan, np.float32)
    candidates = []
    for tile in search.tiling:
        seen = search.see(search.read(tile))
        place = slice(*tile.rows), slice(*tile.cols)
        scores[place] = seen.scores
        times[place] += 1
        candidates.append(seen.candidates)
    assert (times == 1).all()
    assert len(candidates) == len(search.tiling)
    return Both(search, scores, search.objects(candidates), one(image[None])[0])


def matched(mine: list[Found], others: list[Found], pixels: float = PIXELS) -> list[Found]:
    """Return the objects that have no other of the same label, box and score; each other counts once."""
    left, lost = list(others), []
    for one in mine:
        same = [
            other
            for other in left
            if other.label == one.label
            and abs(other.score - one.score) <= SCORE
            and np.abs(np.subtract(other.bbox, one.bbox)).max() <= pixels
        ]
        if same:
            left.remove(same[0])
        else:
            lost.append(one)
    return lost


def assert_same(seen: Both) -> None:
    np.testing.assert_allclose(seen.scores, seen.once.scores, rtol=0, atol=ROUNDING)
    assert len(seen.objects) == len(seen.once.objects)
    assert matched(seen.once.objects, seen.objects) == []
    assert matched(seen.objects, seen.once.objects) == []
