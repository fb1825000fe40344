"""Images of a network's own size to compare and inspect it on: test images, or windows where it learnt from those."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.config.schema import BackgroundConfig
from fullconv.data.arrays import Arrays
from fullconv.data.windows.windows import Windows

_CERTAIN = 0.5  # of windows whose class can be told


def shown_to(
    arrays: Arrays, config: BackgroundConfig, sample: Callable[[], Windows]
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int32]]:
    """Return images (N, h, w, C) of the network's size, and their classes (N,).

    Of crops, networks that learn from windows read those, and not the crops: then they are the `sample`'s.
    """
    if arrays.crops is None or not config.windows:
        return arrays.test_images, arrays.test_labels
    windows = sample()
    certainty: Any = np.ones(len(windows.labels)) if windows.certainty is None else windows.certainty
    chosen = windows.of(np.flatnonzero(certainty >= _CERTAIN))
    return chosen.images, chosen.labels
