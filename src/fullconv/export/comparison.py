"""How far a format's own runtime is from the conversion that it was written from."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.convert.conversion import Conversion
from fullconv.errors import InputError
from fullconv.export.kinds import Run
from fullconv.export.network import Network
from fullconv.proof.differences import Differences
from fullconv.proof.samples import Samples, white_of

LEAST = 1e-4  # differences up to this one pass whatever convert.tolerance is: two runtimes add in two orders


@dataclass(frozen=True)
class Comparison:
    """What exports of one conversion are compared on: random images of three sizes, one of them a batch."""

    network: Network
    tolerance: float

    @cached_property
    def pairs(self) -> list[tuple[npt.NDArray[Any], npt.NDArray[np.float32]]]:
        """Images `(N, H, W, C)` and the conversion's scores of them `(N, H', W', K)`."""
        conversion, channels = self.network.conversion, self.network.channels
        samples = Samples(_white(conversion, channels), np.random.default_rng(2))
        drawn = [
            samples.images(count, *size, channels) for count, size in zip((1, 2, 1), sizes(conversion), strict=True)
        ]
        images = [one.astype(self.network.dtype) for one in drawn]
        return [(one, conversion.forward(one)) for one in images]

    @property
    def allowed(self) -> float:
        """The largest difference that passes: a probability; of scores larger than 1, a share of the largest."""
        return max(LEAST, self.tolerance) * max(1.0, *(float(np.abs(scores).max()) for _, scores in self.pairs))

    def largest(self, run: Run) -> float:
        """Return the largest difference of one score.

        Raises:
            InputError: it is more than what is allowed, or the maps have other sizes.
        """
        found = Differences()
        for images, wanted in self.pairs:
            got = np.asarray(run(images))
            if got.shape != wanted.shape:
                raise InputError(
                    "its runtime", f"gives {got.shape} instead of {wanted.shape} scores", "Take another format."
                )
            found.add(wanted.reshape(-1, wanted.shape[-1]), got.reshape(-1, wanted.shape[-1]))
        largest = float("inf") if found.largest is None else found.largest
        if not largest <= self.allowed:
            differs = f"differs from the conversion by {largest:.3g}, more than {self.allowed:.3g}"
            raise InputError("its runtime", differs, "Take another format.")
        return largest


def sizes(conversion: Conversion) -> list[tuple[int, int]]:
    """Return the three heights and widths: the window, and two that end between strides."""
    (height, width), (down, across) = conversion.window, conversion.geometry.stride
    return [(height, width), (height + down + 3, width + 2 * across + 1), (height + 2 * down + 1, width + 5)]


def _white(conversion: Conversion, channels: int) -> float:
    def scores_of(images: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        return conversion.forward(images).reshape(len(images), -1)

    return white_of(scores_of, (*conversion.window, channels))
