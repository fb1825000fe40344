"""Scenes of sprites: objects whose ink tells them from one ground that all images share."""

from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.config.schema import MosaicConfig
from fullconv.data.arrays import Arrays, test_split
from fullconv.data.pictures.photos import photos
from fullconv.data.scenes.grounds import photo_ground, plain_ground, with_noise
from fullconv.data.scenes.objects import Cutout, common_ground, cut_out, paint
from fullconv.data.scenes.placement import Integers, fixed_frames, frame_sizes, most_that_fit, random_frames
from fullconv.data.scenes.scene import Placed, Scene
from fullconv.errors import InputError

_RESTARTS = 100  # canvases begun anew before a random placement is given up


class SpriteDrawing:
    """What all scenes of one set of sprites share."""

    def __init__(self, config: MosaicConfig, arrays: Arrays, validation_share: float, where: str) -> None:
        """Prepare to draw.

        Raises:
            InputError: objects that do not fit, an empty split, or crops, which have no ink.
        """
        if arrays.crops is not None:
            mend = "Give of: crops, or leave the set out."
            raise InputError(f"{where}.of", "sprites, while the data set holds crops of pictures", mend)
        split: Any = config.split
        self.config, self.arrays, self.where = config, arrays, where
        self.canvas = (config.canvas[0], config.canvas[1])
        self.indices = test_split(len(arrays.test_images), validation_share, split)
        height, width, channels = arrays.test_images.shape[1:]
        self.sizes = frame_sizes((height, width), list(config.sizes))
        self.photos = photos(split) if config.ground == "photo" else []
        self.channels = 3 if self.photos or config.colour else channels
        if channels not in (1, self.channels):
            raise InputError(f"{where}.colour", f"objects of {channels} channels", "RGB scenes need grey or RGB ones.")
        self.ground = common_ground(arrays.test_images)
        self._check_fit()
        self.fixed: tuple[Integers, Integers] | None = None
        if config.placements:
            self.fixed = fixed_frames(config.placements, self.sizes[0], self.canvas, self.indices, where)

    def scene(self, number: int) -> Scene:
        """Return the scene of that number, which depends on it and on the seed alone."""
        rng = np.random.default_rng([self.config.seed, number])
        frames, chosen = self._random(rng) if self.fixed is None else self.fixed
        image = self._ground(rng)
        objects = []
        for (row, column, height, width), index in zip(frames.tolist(), chosen.tolist(), strict=True):
            angle = float(rng.uniform(-1, 1)) * self.config.rotation if self.config.rotation else 0.0
            cutout = cut_out(self.arrays.test_images[index], self.ground, (height, width), angle)
            paint(image, cutout, row, column, self._colour(rng))
            x, y, w, h = self._box(cutout)
            objects.append(Placed(int(self.arrays.test_labels[index]), (column + x, row + y, w, h)))
        pixels = np.rint(image.clip(0, 255)).astype(np.uint8)
        return Scene(f"{number + 1:04d}", 255 - pixels if self.config.inverted else pixels, tuple(objects))

    def _ground(self, rng: np.random.Generator) -> npt.NDArray[np.float32]:
        if self.photos:
            ground = photo_ground(self.canvas, self.photos, rng)
        else:
            ground = plain_ground(self.canvas, self.ground, self.channels)
        return with_noise(ground, self.config.noise, rng)

    def _colour(self, rng: np.random.Generator) -> npt.NDArray[np.float32] | None:
        if not self.config.ink:
            return None
        low, high = self.config.ink
        return rng.integers(low, high, self.channels if self.config.colour else 1, endpoint=True).astype(np.float32)

    def _box(self, cutout: Cutout) -> tuple[int, int, int, int]:
        height, width = cutout.ink.shape[:2]
        return cutout.ink_box() if self.config.boxes == "tight" else (0, 0, width, height)

    def _random(self, rng: np.random.Generator) -> tuple[Integers, Integers]:
        low, high = self.config.objects
        count = int(rng.integers(low, high, endpoint=True))
        for _ in range(_RESTARTS):
            frames = random_frames(count, self.sizes, self.canvas, self.config.spacing, self.config.overlap, rng)
            if frames is not None:
                return frames, rng.choice(self.indices, count, replace=False)
        raise self._too_many(f"{count} found no random places in {_RESTARTS} attempts")

    def _too_many(self, received: str) -> InputError:
        mend = f"Give fewer or smaller ones, a larger canvas than {self.canvas[0]}x{self.canvas[1]}, or let them closer"
        knobs = f"(spacing {self.config.spacing}, overlap {self.config.overlap:g})"
        return InputError(f"{self.where}.objects", f"too many objects for the canvas: {received}", f"{mend} {knobs}.")

    def _check_fit(self) -> None:
        tallest, widest = self.sizes.max(axis=0).tolist()
        if self.canvas[0] < tallest or self.canvas[1] < widest:
            raise InputError(
                f"{self.where}.canvas",
                f"{self.canvas[0]}x{self.canvas[1]} pixels, smaller than an object of {tallest}x{widest}",
                "Give a canvas at least as large as one object.",
            )
        if self.config.placements:
            return
        most = self.config.objects[1]
        if most > len(self.indices):
            raise InputError(
                f"{self.where}.objects",
                f"{most} different ones on a canvas, from {len(self.indices)} in the split {self.config.split}",
                "Give fewer objects or change data.validation_share.",
            )
        fit = most_that_fit(self.sizes, self.canvas, self.config.spacing, self.config.overlap)
        if fit is not None and most > fit:
            raise self._too_many(f"{most}, and at most {fit} fit")
