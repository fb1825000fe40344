"""What a score map and the numbers that read it must be."""

from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.errors import InputError


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


def checked_distance(distance: float) -> float:
    """Return `distance` in pixels once it is finite and not negative.

    Raises:
        InputError: NaN, infinite or negative.
    """
    if not (np.isfinite(distance) and distance >= 0):
        raise InputError("locate.distance", f"{distance}", "Give a number of pixels, 0 or more.")
    return float(distance)
