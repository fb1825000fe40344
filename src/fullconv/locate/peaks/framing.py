"""What is known of objects' sizes, put to use: a class's own frame, and what a size that it never has costs."""

import numpy as np

from fullconv.locate.dimensions import Dimensions
from fullconv.locate.peaks.cells import Doubles, Indices

# Of the logarithm of the size: how far beyond the range a size is an object's still, as a bell's spread.
_SPREAD = 0.15


def shares_of(dimensions: Dimensions | None, labels: Indices) -> Doubles:
    """Return the frames (n, 2) of objects of classes `labels`, as shares (height, width) of the window; else all."""
    if dimensions is None:
        return np.ones((len(labels), 2))
    shares: Doubles = np.array(dimensions.frames)[labels]
    return shares


def at_their_size(odds: Doubles, labels: Indices, frames: Doubles, dimensions: Dimensions | None) -> Doubles:
    """Return log-odds (n,) lowered where a frame (n, 2) in pixels lies beyond the sizes of its class.

    By the square of how far, in the logarithm of √(height·width), it lies below the least or above the greatest:
    the logarithm of a bell.
    """
    if dimensions is None or not dimensions.sizes:
        return odds
    least, _, greatest = np.log(np.array(dimensions.sizes)[labels]).T
    size = np.log(frames).mean(axis=1)
    beyond = np.maximum(0, np.maximum(least - size, size - greatest))
    lowered: Doubles = odds - 0.5 * (beyond / _SPREAD) ** 2
    return lowered
