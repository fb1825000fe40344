"""What a search leaves of one image: what figures and reports need, without what searches."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from fullconv.convert.geometry import Geometry

Image = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Seen:
    """What was found in one image: its COCO entry, score map `(H', W', K)`, the map's geometry, COCO results.

    `size` is its height and width in pixels. An image too small for the window at every scale has an empty map.
    """

    entry: Mapping[str, Any]
    size: tuple[int, int]
    scores: Image
    geometry: "Geometry"
    detections: list[dict[str, Any]]
