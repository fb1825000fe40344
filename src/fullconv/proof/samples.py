"""Random images on which classifiers differ.

A classifier averages even noise away: all its scores are alike. These images have blobs of every size, and
brightness and contrast of their own.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fullconv.errors import InputError
from fullconv.models.pixels import PLAIN, scaled
from fullconv.proof.differences import HARDLY, Differences, share_of_size

Images = npt.NDArray[np.float32]  # (N, H, W, C)
Scores = npt.NDArray[np.float32]  # (N, K)

WHITES = (1.0, 255.0)  # what classifiers take for white
PROBES = 4


@dataclass(frozen=True)
class Samples:
    """A source of random images; the same calls give the same images.

    Pixels lie in 0..`white`, or, where that is 1, in another range of `fullconv.models.pixels.RANGES`.
    """

    white: float
    rng: np.random.Generator
    pixels: str = PLAIN

    @property
    def highest(self) -> float:
        """The value of a white pixel."""
        return float(scaled(np.full((1, 1, 1, 3), self.white, np.float32), self.pixels).max())

    def images(self, count: int, height: int, width: int, channels: int) -> Images:
        """Return images `(count, height, width, channels)`."""
        shape = (count, height, width, channels)
        total = np.zeros(shape, dtype=np.float32)
        scales = _scales(min(height, width))
        for scale in scales:
            rows, cols = -(-height // scale), -(-width // scale)
            blobs = self.rng.standard_normal((count, rows, cols, channels), dtype=np.float32)
            total += blobs.repeat(scale, axis=1)[:, :height].repeat(scale, axis=2)[:, :, :width]
        contrast = self.rng.uniform(0.3, 3.0, (count, 1, 1, 1)) / len(scales) ** 0.5
        brightness = self.rng.uniform(-2.0, 2.0, (count, 1, 1, 1)) + self.rng.uniform(
            -1.0, 1.0, (count, 1, 1, channels)
        )
        pixels = self.white / (1.0 + np.exp(-(contrast * total + brightness)))
        return scaled(np.asarray(pixels, dtype=np.float32), self.pixels)


def _scales(side: int) -> list[int]:
    return [2**power for power in range(max(side, 1).bit_length())]


def white_of(scores_of: Callable[[Images], Scores], shape: tuple[int, int, int]) -> float:
    """Return which white a classifier of images `shape` (height, width, channels) tells images apart at.

    The first at which its scores differ between images: a network that divides by 255 itself sees only black in
    pixels of 0..1. Failing all, the one at which they differ most.
    """
    shares = {}
    for white in WHITES:
        seen = Differences()
        scores = scores_of(Samples(white, np.random.default_rng(1)).images(PROBES, *shape))
        seen.add(scores, scores)
        shares[white] = share_of_size(seen.spread, seen.size) or 0.0
        if shares[white] >= HARDLY:
            return white
    return max(shares, key=lambda white: shares[white])


def check_images(name: str, images: Images, channels: int) -> None:
    """Raise InputError unless images are floats `(N, H, W, channels)`, finite, and at least one."""
    if images.ndim != 4 or images.shape[-1] != channels or not len(images):
        raise InputError(name, f"received shape {images.shape}", f"Give (images, height, width, {channels}).")
    if not np.issubdtype(images.dtype, np.floating):
        raise InputError(name, f"received {images.dtype}", "Give floating-point numbers as the classifier reads them.")
    if not np.isfinite(images).all():
        raise InputError(name, "holds NaN or infinity", "Give finite numbers.")
