"""What a score map and the numbers that read it must be."""

from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.errors import InputError

# A softmax in single precision may exceed 1 by that much.
_ROUNDING = 1e-4


def checked_map(scores: Any, where: str = "scores") -> npt.NDArray[np.floating[Any]]:
    """Return `scores` as a floating-point array once it is a score map of shape (H', W', K).

    Raises:
        InputError: another rank, no cell or no class, not floating point, or values that are not finite.
    """
    array = np.asarray(scores)
    if not np.issubdtype(array.dtype, np.floating):
        raise InputError(where, f"values of type {array.dtype}", "Give floating-point scores.")
    if array.ndim != 3 or 0 in array.shape:
        raise InputError(
            where, f"shape {array.shape}", "Give one score map (H', W', K) with at least one cell and one class."
        )
    if not np.isfinite(array).all():
        raise InputError(where, "scores that are NaN or infinite", "Check the images and the classifier's weights.")
    return array


def checked_background(background: int | None, channels: int) -> int | None:
    """Return `background` once it is None or the index of one of several channels.

    Raises:
        InputError: an index outside the channels, or a background without a foreground.
    """
    if background is None:
        return None
    if channels < 2 or not 0 <= background < channels:
        raise InputError(
            "background",
            f"class index {background} of {channels} channels",
            "Give the index of the background class (the last), or None when there is none.",
        )
    return int(background)


def checked_threshold(threshold: float) -> float:
    """Return `threshold` once it is a probability.

    Raises:
        InputError: NaN or outside 0..1.
    """
    if not 0.0 <= threshold <= 1.0:
        raise InputError("locate.threshold", f"{threshold}", "Give a probability from 0 to 1.")
    return float(threshold)


def checked_overlap(overlap: float) -> float:
    """Return `overlap` once it is a share.

    Raises:
        InputError: NaN or outside 0..1.
    """
    if not 0.0 <= overlap <= 1.0:
        raise InputError("locate.overlap", f"{overlap}", "Give an intersection over union from 0 to 1.")
    return float(overlap)


def checked_probabilities(scores: Any) -> npt.NDArray[np.floating[Any]]:
    """Return `scores` as `checked_map` does, once they are probabilities.

    Raises:
        InputError: as `checked_map`, or values outside 0..1.
    """
    array = checked_map(scores)
    low, high = float(array.min()), float(array.max())
    if low < -_ROUNDING or high > 1 + _ROUNDING:
        raise InputError(
            "scores",
            f"values from {low:g} to {high:g}, which are no probabilities",
            "Let the classifier end in softmax or sigmoid.",
        )
    return array
