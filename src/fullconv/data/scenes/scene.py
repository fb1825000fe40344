"""A scene: a canvas and what lies on it."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Placed:
    """An object on a canvas: its class index and its box `(x, y, w, h)` in pixels."""

    label: int
    bbox: tuple[int, int, int, int]


@dataclass(frozen=True, eq=False)
class Scene:
    """A canvas uint8 `(H, W, C)` and the objects on it, in the order in which they were placed."""

    name: str
    image: npt.NDArray[np.uint8]
    objects: tuple[Placed, ...]
