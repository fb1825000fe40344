"""Objects cut from labelled images: resized, rotated, their ink told from their ground."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Cutout:
    """An object's pixels `(h, w, C)` on 0..255, and how much of each pixel is the object: ink `(h, w, 1)` in 0..1."""

    pixels: Floats
    ink: Floats
    ground: Floats  # (C,): the colour where there is no ink

    def ink_box(self) -> tuple[int, int, int, int]:
        """Return the box `(x, y, w, h)` around every pixel that differs from the ground when rounded.

        The whole frame for an object without ink.
        """
        seen = (np.abs(self.pixels - self.ground) >= 0.5).any(axis=2)
        rows, columns = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
        if not len(rows):
            return 0, 0, seen.shape[1], seen.shape[0]
        top, left = int(rows[0]), int(columns[0])
        return left, top, int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top


def common_ground(images: npt.NDArray[np.uint8]) -> Floats:
    """Return the colour `(C,)` that images `(N, H, W, C)` share where there is no object: their border's median.

    It is the data set's, not each image's, because an object may touch the border of its own image.
    """
    edges = [images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]]
    ground: Floats = np.median(np.concatenate(edges, axis=1), axis=(0, 1)).astype(np.float32)
    return ground


def cut_out(image: npt.NDArray[np.uint8], ground: Floats, size: tuple[int, int], angle: float) -> Cutout:
    """Return an image `(H, W, C)` at `size` (height, width in pixels), rotated by `angle` degrees inside its frame.

    Ink is the distance from the ground, as a share of the image's greatest. Bilinear, averaging over as many pixels
    as shrink into one.
    """
    pixels = image.astype(np.float32)
    peak = np.float32(np.abs(pixels - ground).max())
    if pixels.shape[:2] != size or angle:
        channels = zip(np.moveaxis(pixels, 2, 0), ground, strict=True)
        pixels = np.stack([_turned(channel, float(fill), size, angle) for channel, fill in channels], axis=2)
    distance = np.abs(pixels - ground).max(axis=2, keepdims=True)
    return Cutout(pixels, distance / peak if peak else np.zeros_like(distance), ground)


def _turned(channel: Floats, fill: float, size: tuple[int, int], angle: float) -> Floats:
    picture = Image.fromarray(channel).resize((size[1], size[0]), Image.Resampling.BILINEAR)
    if angle:
        picture = picture.rotate(angle, Image.Resampling.BILINEAR, fillcolor=fill)
    return np.asarray(picture)


def paint(canvas: Floats, cutout: Cutout, row: int, column: int, colour: Floats | None = None) -> None:
    """Lay an object over a canvas `(H, W, C)` in place, its ink being its opacity.

    `colour` `(C,)` replaces the object's own pixels. On the object's own ground its pixels stand unchanged.
    """
    height, width = cutout.ink.shape[:2]
    place = canvas[row : row + height, column : column + width]
    if colour is None:
        place[:] = cutout.pixels + (1 - cutout.ink) * (place - cutout.ground)
    else:
        place += cutout.ink * (colour - place)
