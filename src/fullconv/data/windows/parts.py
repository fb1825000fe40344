"""Parts of larger pictures as windows: what really lies around objects, and what was found there so far."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Finding:
    """What a classifier took for an object in a picture: its class, its middle and its size in pixels, its score."""

    label: int
    y: float
    x: float
    size: float  # √(height·width)
    score: float


class Part:
    """Cuts square parts out of pictures (H, W, C), as windows; beyond a picture its edge is repeated."""

    def __init__(self, pictures: Sequence[Pixels], window: int, channels: int) -> None:
        """Take pictures, the window's side in pixels and its channels, 1 or 3."""
        mode = "RGB" if channels == 3 else "L"
        self._images = [_image(picture).convert(mode) for picture in pictures]
        self._halves: list[list[Image.Image]] = [_halves(image, 2 * window) for image in self._images]
        self.window, self._channels = window, channels

    def __len__(self) -> int:
        """Return the number of pictures."""
        return len(self._images)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height, width and channels of a window."""
        return self.window, self.window, self._channels

    def size(self, number: int) -> tuple[int, int]:
        """Return height and width of a picture in pixels."""
        width, height = self._images[number].size
        return height, width

    def cut(self, number: int, y: float, x: float, side: float) -> Floats:
        """Return the part (window, window, C) of a picture with its middle at `(y, x)` and `side` pixels."""
        # A half or a quarter of the picture is enough where the part is large.
        step = min(len(self._halves[number]) - 1, max(0, int(math.log2(side / self.window))))
        image, shrunk = self._halves[number][step], 0.5**step
        y, x, side = y * shrunk, x * shrunk, side * shrunk
        left, top = x - side / 2, y - side / 2
        low = max(0.0, left), max(0.0, top)
        high = min(float(image.width), left + side), min(float(image.height), top + side)
        factor = self.window / side
        first, last = (
            [min(self.window - 1, round((low[axis] - begin) * factor)) for axis, begin in ((1, top), (0, left))],
            [max(1, round((high[axis] - begin) * factor)) for axis, begin in ((1, top), (0, left))],
        )
        rows, columns = max(1, last[0] - first[0]), max(1, last[1] - first[1])
        part = image.resize((columns, rows), Image.Resampling.BILINEAR, box=(*low, *high))
        pixels = np.asarray(part, np.float32).reshape(rows, columns, self._channels)
        if (rows, columns) == (self.window, self.window):
            return pixels
        beyond = [(at, self.window - at - count) for at, count in ((first[0], rows), (first[1], columns))]
        return np.pad(pixels, [*((max(0, a), max(0, b)) for a, b in beyond), (0, 0)], mode="edge")[
            : self.window, : self.window
        ]

    def stretched(self, number: int = 0) -> Floats:
        """Return a whole picture as a window."""
        part = self._images[number].resize((self.window, self.window), Image.Resampling.BICUBIC)
        return np.asarray(part, np.float32).reshape(self.window, self.window, self._channels)

    def anywhere(self, number: int, side: float, rng: np.random.Generator) -> tuple[float, float]:
        """Return a middle `(y, x)` of a part of `side` pixels that lies in the picture, as far as it can."""
        places = (rng.uniform(min(side, whole) / 2, whole - min(side, whole) / 2) for whole in self.size(number))
        y, x = places
        return float(y), float(x)


def _halves(image: Image.Image, least: int) -> list[Image.Image]:
    """Return a picture, its half, its quarter …, as long as a side has `least` pixels."""
    halves = [image]
    while min(halves[-1].size) >= 2 * least:
        halves.append(halves[-1].reduce(2))
    return halves


def _image(picture: Pixels) -> Image.Image:
    return Image.fromarray(picture[..., 0] if picture.shape[-1] == 1 else picture)
