"""What is known of objects' sizes, put to use: a class's own frame, and what a size that it never has costs."""

import numpy as np

from fullconv.locate.dimensions import Dimensions
from fullconv.locate.peaks.cells import Doubles, Indices

# Of the logarithm of the size: how far beyond the range a size is an object's still, as a bell's spread.
_SPREAD = 0.15
# How far what is read of a size scatters, in its logarithm; and how many spreads a class's range of sizes is wide.
_READ, _SPAN = 0.16, 4.1
_SEEN = 0.25  # what a second look at a size weighs, against the levels


def shares_of(dimensions: Dimensions | None, labels: Indices) -> Doubles:
    """Return the frames (n, 2) of objects of classes `labels`, as shares (height, width) of the window; else all."""
    if dimensions is None:
        return np.ones((len(labels), 2))
    shares: Doubles = np.array(dimensions.frames)[labels]
    return shares


def as_seen(frames: Doubles, read: Doubles) -> Doubles:
    """Return frames (n, 2) in pixels made larger and longer by the logarithms `read` (n, 2): by a part, and by all.

    Of the size the levels tell more; of the shape they tell nothing.
    """
    tall = np.stack([read[:, 1], -read[:, 1]], axis=1) / 2
    seen: Doubles = frames * np.exp(_SEEN * read[:, :1] + tall)
    return seen


def nearer_to_usual(labels: Indices, frames: Doubles, dimensions: Dimensions | None) -> Doubles:
    """Return frames (n, 2) in pixels moved towards the usual size of their class, as far as what is read is less sure.

    What the levels tell of a size scatters, and so do the sizes of a class: the mean of both, each weighing as the
    inverse of its variance, is nearest to the truth where both are bells in the logarithm of the size.
    """
    if dimensions is None or not dimensions.sizes:
        return frames
    least, usual, greatest = np.log(np.array(dimensions.sizes)[labels]).T
    spread = (greatest - least) / _SPAN
    weight = _READ**2 / (_READ**2 + spread**2)
    moved: Doubles = frames * np.exp(weight * (usual - np.log(frames).mean(axis=1)))[:, np.newaxis]
    return moved


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
