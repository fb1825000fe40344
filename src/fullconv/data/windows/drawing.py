"""Windows as they occur in larger scenes: an object in company, half an object, one of another size, a gap, nothing."""

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from fullconv.config.cores import usable_threads
from fullconv.config.schema import BackgroundConfig
from fullconv.data.scenes.objects import common_ground
from fullconv.data.windows.backdrops import backdrops
from fullconv.data.windows.warps import Poses, softened, warped
from fullconv.data.windows.windows import Windows, bell, joined

Floats = npt.NDArray[np.float32]
_CHUNK = 5000  # windows drawn together: they fit into the cache of a thread's work, and depend on their chunk alone


class WindowSource:
    """Draws windows around labelled images as objects; no scene is kept, and no box is ever looked at.

    An object in the middle of its window and of its image's size is surely of its class. Away from there, in place
    or in size, certainty falls like a bell towards the background: scores then rise to one peak on each object, which
    says where it is and how large.
    """

    def __init__(self, images: npt.NDArray[np.uint8], labels: npt.NDArray[np.int32], config: BackgroundConfig) -> None:
        """Prepare to draw from `images` `(N, H, W, C)` with class indices `labels` `(N,)`."""
        self._ground = common_ground(images)
        self._images, self._labels, self._config = images, labels, config

    def draw(self, count: int, seed: Sequence[int]) -> Windows:
        """Return `count` windows that depend on `seed` alone; background windows keep the label of what they show."""
        starts = range(0, count, _CHUNK)
        with ThreadPoolExecutor(usable_threads()) as threads:
            chunks = list(
                threads.map(
                    lambda start: self._chunk(min(_CHUNK, count - start), np.random.default_rng([*seed, start])), starts
                )
            )
        return joined(chunks)

    def _chunk(self, count: int, rng: np.random.Generator) -> Windows:
        config, shape = self._config, self._images.shape[1:]
        chosen = rng.integers(len(self._images), size=count)
        poses, present = self._poses(count, rng)
        canvas = backdrops(count, shape, config.grounds, self._ground, rng)
        strength = rng.uniform(config.contrast, 1, count).astype(np.float32)
        strength[rng.random(count) < 0.5] = 1
        for _ in range(config.neighbours):
            rows, beside = self._beside(poses, rng)
            others = rng.integers(len(self._images), size=len(rows))
            self._paint(canvas, rows, others, beside, strength)
        rows = np.flatnonzero(present)
        self._paint(canvas, rows, chosen[rows], poses.of(rows), strength)
        if config.resolution < 1:
            blurred = rng.random(count) < 0.5
            canvas = softened(canvas, np.where(blurred, rng.uniform(config.resolution, 1, count), 1).astype(np.float32))
        inverted = rng.random(count) < config.inverted
        canvas[inverted] = 255 - canvas[inverted]
        certainty = np.where(present, self._certainty(poses), 0).astype(np.float32)
        return Windows(np.rint(canvas.clip(0, 255)).astype(np.uint8), self._labels[chosen], certainty)

    def _poses(self, count: int, rng: np.random.Generator) -> tuple[Poses, npt.NDArray[np.bool_]]:
        """Draw the objects' poses: most near the middle, `share` of them anywhere in sight, or no object at all."""
        config = self._config
        height = self._images.shape[1]
        y, x, size = rng.standard_normal((3, count), np.float32)
        y, x, size = y * config.place, x * config.place, size * config.size
        apart = rng.random(count) < config.share
        wide = self._sizes(count, rng)
        reach = config.reach * height / 2 * (1 + np.exp(wide))
        far_y, far_x = rng.uniform(-1, 1, (2, count)) * reach
        y, x, size = np.where(apart, far_y, y), np.where(apart, far_x, x), np.where(apart, wide, size)
        angle = rng.uniform(-1, 1, count) * config.rotation
        present = ~(apart & (rng.random(count) < config.empty))
        stretch = rng.standard_normal(count) * config.stretch
        return Poses(*(one.astype(np.float32) for one in (y, x, np.exp(size), angle, stretch))), present

    def _sizes(self, count: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
        """Draw logarithms of sizes, `(count,)`."""
        low, high = self._config.sizes
        return rng.uniform(math.log(low), math.log(high), count)

    def _certainty(self, poses: Poses) -> Floats:
        config = self._config
        off = (poses.y**2 + poses.x**2) / config.place_tolerance**2 + (np.log(poses.scale) / config.size_tolerance) ** 2
        return bell(off)

    def _beside(self, poses: Poses, rng: np.random.Generator) -> tuple[npt.NDArray[np.int64], Poses]:
        """Draw one more object for some windows, nowhere covering more of the first's frame than scenes allow."""
        config = self._config
        rows = np.flatnonzero(rng.random(len(poses.y)) < config.company)
        first = poses.of(rows)
        height, width = self._images.shape[1:3]
        scale = first.scale * np.exp(self._sizes(len(rows), rng))
        y, x = (
            rng.uniform(-1, 1, len(rows)) * np.minimum(side / 2 * (scale + first.scale), side / 2 * (1 + scale))
            for side in (height, width)
        )
        shared = _shared(y, height, first.scale, scale) * _shared(x, width, first.scale, scale)
        both = height * width * (first.scale**2 + scale**2) - shared
        apart = np.flatnonzero(shared <= config.overlap * both)
        angle = rng.uniform(-1, 1, len(rows)) * config.rotation
        stretch = rng.standard_normal(len(rows)) * config.stretch
        made = Poses(*(one.astype(np.float32) for one in (first.y + y, first.x + x, scale, angle, stretch)))
        return rows[apart], made.of(apart)

    def _paint(
        self,
        canvas: Floats,
        rows: npt.NDArray[np.int64],
        which: npt.NDArray[np.int64],
        poses: Poses,
        strength: Floats,
    ) -> None:
        """Lay objects over the windows `rows` in place, their distance from the ground being their opacity."""
        apart = self._images[which].astype(np.float32) - self._ground
        peaks = np.abs(apart).max(axis=(1, 2, 3), keepdims=True)
        apart = warped(apart, poses)
        ink = np.abs(apart).max(axis=3, keepdims=True) / np.maximum(peaks, 1)
        place = canvas[rows]
        canvas[rows] = self._ground + strength[rows, None, None, None] * apart + (1 - ink) * (place - self._ground)


def _shared(offset: Floats, side: int, first: Floats, second: Floats) -> Floats:
    """Return how many pixels two frames share along an axis, their middles `offset` apart."""
    half, other = side / 2 * first, side / 2 * second
    shared: Floats = np.clip(np.minimum(half, offset + other) - np.maximum(-half, offset - other), 0, None)
    return shared
