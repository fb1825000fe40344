"""How well a map of an object's extent covers the object's mask."""

import numpy as np

from fullconv.evaluate.tables import Flags, Floats


def mask_iou(extent: Floats, inside: Flags, level: float = 0.5) -> float:
    """Return the IoU of the pixels (H, W) whose extent reaches `level` with the object's; 0 where both are none."""
    covered = extent >= level
    either = np.count_nonzero(covered | inside)
    return np.count_nonzero(covered & inside) / either if either else 0.0
