"""How far the centres of right detections are from their objects' centres."""

import numpy as np

from fullconv.evaluate.annotations import UNDEFINED
from fullconv.evaluate.tables import Floats

_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_EDGES = np.arange(0.0, 10.5, 0.5)


def centre_distances(found: Floats, truth: Floats) -> tuple[Floats, Floats]:
    """Return the distance of the centres of boxes (D, 4) pair by pair: in pixels, and per the object's side.

    The side is the square root of the area of the object's box.
    """
    apart = (found[:, :2] + found[:, 2:] / 2) - (truth[:, :2] + truth[:, 2:] / 2)
    pixels = np.hypot(apart[:, 0], apart[:, 1])
    return pixels, pixels / np.sqrt(truth[:, 2] * truth[:, 3])


def distance_metrics(pixels: Floats, relative: Floats) -> dict[str, float]:
    """Return the median and the mean distance in pixels, and the median per side; -1 without a detection."""
    if not len(pixels):
        names = ("localization_error", "localization_error_mean", "localization_error_relative")
        return dict.fromkeys(names, UNDEFINED)
    return {
        "localization_error": float(np.median(pixels)),
        "localization_error_mean": float(pixels.mean()),
        "localization_error_relative": float(np.median(relative)),
    }


def distance_curve(pixels: Floats) -> dict[str, list[float]]:
    """Return quantiles of the distances and how many lie between edges (pixels); the last count is of all beyond."""
    edges = np.append(_EDGES, np.inf)
    return {
        "quantiles": list(_QUANTILES),
        "pixels": [float(value) for value in np.quantile(pixels, _QUANTILES)] if len(pixels) else [],
        "edges": [float(value) for value in _EDGES],
        "counts": [int(value) for value in np.histogram(pixels, edges)[0]],
    }
