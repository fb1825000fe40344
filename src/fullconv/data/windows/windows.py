"""What a classifier is trained on: windows, their classes, and how surely they are of these."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
_APART = 0.05  # certainty below which a window is one of the background's


@dataclass(frozen=True, eq=False)
class Windows:
    """Windows uint8 `(N, H, W, C)`, their classes `(N,)`, and the probability with which each is of its class `(N,)`.

    The rest of the probability is the background's; None where every window is surely of its class. `frames` (N, 2) are
    logarithms of how much larger, in √(height·width), and how much longer, in height over width, the object is than its
    class usually is in a window; NaN where nobody knows, None where no window's is known.
    """

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.int32]
    certainty: Floats | None = None
    frames: Floats | None = None

    def of(self, rows: npt.NDArray[np.int64]) -> "Windows":
        """Return some of the windows."""
        columns: list[Any] = [None if one is None else one[rows] for one in self.columns()]
        return Windows(*columns)

    def columns(self) -> list[Any]:
        """Return its columns in order, None where there is none."""
        return [getattr(self, one.name) for one in fields(self)]


def joined(parts: Sequence[Windows]) -> Windows:
    """Return windows one after the other; all of them have, or all of them lack, what need not be there."""
    columns = zip(*(one.columns() for one in parts), strict=True)
    whole: list[Any] = [None if column[0] is None else np.concatenate(column) for column in columns]
    return Windows(*whole)


def apart(windows: Windows) -> npt.NDArray[np.bool_]:
    """Return which windows `(N,)` show no object of the window's size in their middle."""
    if windows.certainty is None:
        return np.zeros(len(windows.labels), bool)
    return windows.certainty < _APART


def bell(off: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the certainty at squared distances `off` from an object's middle and size, in tolerances."""
    certainty: npt.NDArray[Any] = np.exp(-off / 2)
    return certainty
