"""How large the objects of each class are, and of which shape: what crops tell of scenes of the same camera."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

# Of the window's side, what √(height·width) of an object of the window's own size measures: the rest is surroundings.
SHARE = 0.6
_LONGEST = 0.9  # what its longer side measures at most
_QUANTILES = (0.02, 0.5, 0.98)


def share_of(aspect: float) -> float:
    """Return what an object of an aspect, height over width, measures of the window's side: less where it is long."""
    return min(SHARE, _LONGEST / math.exp(abs(math.log(aspect)) / 2))


@dataclass(frozen=True)
class Measures:
    """Of a class: the usual height over width; the least, usual and greatest √(height·width) in pixels."""

    aspect: float
    sizes: tuple[float, float, float]


def measures_of(labels: npt.NDArray[np.int32], sizes: npt.NDArray[np.float32], classes: int) -> list[Measures]:
    """Return the measures of each class of objects (N,) with heights and widths (N, 2); a class needs one."""
    return [_of_class(sizes[labels == label].astype(np.float64)) for label in range(classes)]


def _of_class(sizes: npt.NDArray[np.float64]) -> Measures:
    least, usual, greatest = np.quantile(np.sqrt(sizes.prod(axis=1)), _QUANTILES).tolist()
    return Measures(float(np.median(sizes[:, 0] / sizes[:, 1])), (least, usual, greatest))
