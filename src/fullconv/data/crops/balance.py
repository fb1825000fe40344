"""How often crops of each class are drawn."""

import numpy as np
import numpy.typing as npt

Shares = npt.NDArray[np.float64]


def drawn_as_often(labels: npt.NDArray[np.int32], balance: float) -> Shares:
    """Return how probable it is to draw each of labelled images (N,): at 0 all alike, at 1 all classes alike."""
    counts = np.bincount(labels)
    weights = (1.0 / counts[labels]) ** balance
    shares: Shares = weights / weights.sum()
    return shares
