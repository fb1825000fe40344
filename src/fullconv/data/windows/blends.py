"""Soft masks with which crops are laid over other grounds: of many kinds, so that no seam is worth learning.

Dwibedi, Misra and Hebert, *Cut, Paste and Learn* (2017), section 4.2: a network that sees objects blended in several
ways at random learns the objects, not the blending.
"""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

# Of masks: ellipses, frames with a soft edge, whole crops. Of crops that show their surroundings, more are whole.
_KINDS = {False: (0.6, 0.3, 0.1), True: (0.25, 0.5, 0.25)}
_SOFT = (0.08, 0.4)  # width of an ellipse's edge, as a share of the object's half side
_EDGE = (0.95, 1.25)  # where it ends
_FEATHER = (0.02, 0.25)  # width of a frame's


def soft_masks(count: int, side: int, margin: float, rng: np.random.Generator) -> Floats:
    """Return masks (N, side, side, 1) in 0..1 of crops that show `margin` more than the object on each side."""
    line = np.linspace(-1, 1, side, dtype=np.float32) * np.float32(1 + 2 * margin)
    y, x = np.meshgrid(line, line, indexing="ij")
    round_off, square_off = np.hypot(y, x), np.maximum(np.abs(y), np.abs(x)) / np.float32(1 + 2 * margin)
    kinds = rng.choice(3, count, p=_KINDS[margin > 0.1])
    soft, edge, feather = (rng.uniform(*span, (count, 1, 1)).astype(np.float32) for span in (_SOFT, _EDGE, _FEATHER))
    masks = np.ones((count, side, side), np.float32)
    ellipses, frames = np.flatnonzero(kinds == 0), np.flatnonzero(kinds == 1)
    masks[ellipses] = (edge[ellipses] - round_off) / soft[ellipses]
    masks[frames] = (1 - square_off) / feather[frames]
    return np.clip(masks, 0, 1)[..., np.newaxis]
