"""Scenes of crops: objects cut from pictures, at their true sizes, on grounds that hold no other object."""

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.config.schema import MosaicConfig
from fullconv.data.arrays import Arrays, test_split
from fullconv.data.crops.balance import drawn_as_often
from fullconv.data.crops.grounds import ground_of, resized, texture_of
from fullconv.data.crops.masks import opacities
from fullconv.data.scenes.placement import Integers, sized_frames
from fullconv.data.scenes.scene import Placed, Scene
from fullconv.errors import InputError

Floats = npt.NDArray[np.float32]

_LARGEST = 1600  # pixels a side of a canvas
_SIDES = (3.0, 5.0)  # of a canvas, in usual objects of the largest class
_FILLED = 0.3  # of a canvas, by the objects that it usually holds
_JITTER = (0.7, 1.5)  # of sizes that nobody knows
_ENLARGED = 2.0  # a picture of nothing, at most; what is smaller is sewn
_BALANCE = 0.5  # how alike the classes occur, whatever crops there are
_BLENDINGS = ("hard", "feathered", "shifted")


class CropDrawing:
    """What all scenes of one set of crops share."""

    def __init__(self, config: MosaicConfig, arrays: Arrays, validation_share: float, where: str) -> None:
        """Prepare to draw.

        Raises:
            InputError: arrays without crops, or no crop in the split.
        """
        if arrays.crops is None:
            mend = "Give data=folder, coco or csv, or of: sprites."
            raise InputError(f"{where}.of", "crops, while the data set holds images that were not cut", mend)
        split: Any = config.split
        self.indices = test_split(len(arrays.test_images), validation_share, split)
        if not len(self.indices):
            received = f"no crop of {len(arrays.test_images)} in the split {config.split}"
            mend = "Give more crops for testing, or change data.validation_share."
            raise InputError(f"{where}.split", received, mend)
        self.config, self.crops = config, arrays.crops
        split_of = slice(int(self.indices[0]), int(self.indices[-1]) + 1)  # a view: many crops stay on disk
        self.images, self.labels = arrays.test_images[split_of], arrays.test_labels[split_of]
        self.shares = drawn_as_often(self.labels, _BALANCE)
        self.shown = 1 + 2 * self.crops.margin  # how much an image shows of its object's sides
        self.frame = math.sqrt(float(np.prod(self.images.shape[1:3]))) / self.shown  # an object's in the arrays
        self.sizes = self._sizes(arrays.crops.test_sizes[self.indices])
        self.canvas = self._canvas()
        # Crops are as sharp as the arrays hold them; a ground that is sharper or softer would tell them from it.
        self.enlarged = float(np.median(np.sqrt(self.sizes.prod(axis=1)))) / self.frame

    def scene(self, number: int) -> Scene:
        """Return the scene of that number, which depends on it and on the seed alone."""
        rng = np.random.default_rng([self.config.seed, number])
        low, high = self.config.objects
        count = int(rng.integers(low, high, endpoint=True))
        chosen = rng.choice(len(self.images), count, replace=count > len(self.images), p=self.shares)
        sizes = self.sizes[chosen]
        if not self.crops.unscaled:
            sizes = sizes * np.exp(rng.uniform(math.log(_JITTER[0]), math.log(_JITTER[1]), (count, 1)))
        whole: Integers = np.clip(np.rint(sizes), 2, self.canvas).astype(np.int64)
        frames, which = sized_frames(whole, self.canvas, self.config.overlap, rng)
        chosen = chosen[which]
        canvas = self._ground(rng).astype(np.float32)
        opaque = opacities(self.images[chosen], self.crops.margin)
        for frame, image, mask in zip(frames.tolist(), self.images[chosen], opaque, strict=True):
            _lay(canvas, image, mask, frame, self.shown, str(rng.choice(_BLENDINGS)), float(rng.uniform(0.5, 1)))
        objects = [
            Placed(int(label), (column, row, width, height))
            for label, (row, column, height, width) in zip(self.labels[chosen], frames.tolist(), strict=True)
        ]
        return Scene(f"{number + 1:04d}", np.rint(canvas.clip(0, 255)).astype(np.uint8), tuple(objects))

    def _sizes(self, true: Floats) -> npt.NDArray[np.float64]:
        """Return each object's height and width in the scenes' pixels `(N, 2)`."""
        if self.crops.unscaled:
            return true.astype(np.float64) * self.crops.reduced
        aspect = np.sqrt(true / true[:, ::-1]).astype(np.float64)
        sizes: npt.NDArray[np.float64] = self.frame * aspect
        return sizes

    def _canvas(self) -> tuple[int, int]:
        if self.config.canvas:
            return self.config.canvas[0], self.config.canvas[1]
        sides = np.sqrt(self.sizes.prod(axis=1))
        usual = max(float(np.median(sides[self.labels == label])) for label in np.unique(self.labels))
        asked = math.sqrt(np.mean(self.config.objects) * float(np.mean(sides**2)) / _FILLED)
        side = max(min(max(asked, _SIDES[0] * usual), _SIDES[1] * usual), 1.1 * float(self.sizes.max()))
        whole = max(round(min(side, _LARGEST)), *self.images.shape[1:3])
        return whole, whole

    def _ground(self, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
        height, width = self.canvas
        nothing = self.crops.nothing
        large = [one for one in nothing if min(one.shape[0] / height, one.shape[1] / width) >= 1 / _ENLARGED]
        if large:
            picture = large[int(rng.integers(len(large)))]
            zoom = max(1.0, height / picture.shape[0], width / picture.shape[1])
            part = math.floor(height / zoom), math.floor(width / zoom)
            row, column = (int(rng.integers(a - b + 1)) for a, b in zip(picture.shape, part, strict=False))
            return resized(picture[row : row + part[0], column : column + part[1]], self.canvas)
        small = max(8, round(height / self.enlarged)), max(8, round(width / self.enlarged))
        if nothing:  # they have the scenes' scale
            return texture_of(nothing, self.canvas, round(self.frame * self.enlarged / 2), rng)
        return resized(ground_of(self.images, small, rng, self.crops.margin), self.canvas)


def _lay(
    canvas: Floats,
    image: npt.NDArray[np.uint8],
    mask: npt.NDArray[np.uint8],
    frame: list[int],
    shown: float,
    blending: str,
    share: float,
) -> None:
    """Lay a crop over a canvas in place, its object in `frame` `[row, column, height, width]`."""
    row, column, height, width = frame
    size = max(1, round(height * shown)), max(1, round(width * shown))
    top, left = row - (size[0] - height) // 2, column - (size[1] - width) // 2
    pixels, ink = resized(image, size).astype(np.float32), resized(mask[..., None], size).astype(np.float32) / 255
    inside = tuple(
        slice(max(0, -start), min(length, whole - start))
        for start, length, whole in zip((top, left), size, canvas.shape, strict=False)
    )
    pixels, ink = pixels[inside], ink[inside]
    place = canvas[max(0, top) : top + size[0], max(0, left) : left + size[1]]
    if blending == "hard":
        ink = (ink > 0.5).astype(np.float32)
    elif blending == "shifted":
        # As another light would have it: what surrounds the object comes nearer to the ground's colour.
        around = 1 - ink
        if around.sum() > 1:
            pixels = pixels + share * ((place - pixels) * around).sum(axis=(0, 1)) / around.sum()
    place += ink * (pixels - place)
