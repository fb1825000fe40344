"""One image's score map as the map metrics read it: a layer per class that is in the image."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from fullconv.evaluate.annotations import ScoreMap
from fullconv.evaluate.tables import Flags, Floats, Ints

if TYPE_CHECKING:
    from fullconv.convert.geometry import Geometry


@dataclass(frozen=True)
class Layers:
    """What an image shows and what the score map says about it.

    `scores` (C, H', W') are the raw scores of the C classes that have an object here, no crowd; `y` (H',) and `x`
    (W',) the centres of the cells' windows in pixels; `kind` (M,) is the layer of each object, -1 for a crowd of
    another class, `box` (M, 4) x, y, width, height in pixels, `crowd` (M,) marks crowds.
    """

    scores: npt.NDArray[np.floating]
    y: Floats
    x: Floats
    kind: Ints
    box: Floats
    crowd: Flags


def layers_of(scores: ScoreMap, geometry: "Geometry", labels: Ints, box: Floats, crowd: Flags) -> Layers:
    """Return the layers of the classes in an image; `labels` (M,) are the class indices of its objects."""
    present, kind = np.unique(labels[~crowd], return_inverse=True)
    places = np.full(len(labels), -1)
    places[~crowd] = kind
    for place, label in enumerate(present):
        places[crowd & (labels == label)] = place
    height, width, channels = scores.shape
    chosen = scores.reshape(-1, channels).T[present].reshape(len(present), height, width)
    return Layers(chosen, centres(geometry, 0, height), centres(geometry, 1, width), places, box, crowd)


def centres(geometry: "Geometry", axis: int, count: int) -> Floats:
    """Return the centres (count,) of the windows along an axis in pixels; axis 0 is y, 1 is x."""
    first = geometry.offset[axis] + geometry.window[axis] / 2
    return first + geometry.stride[axis] * np.arange(count, dtype=np.float64)
