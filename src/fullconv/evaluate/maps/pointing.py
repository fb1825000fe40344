"""The pointing game: does the highest score of a class lie on an object of it?"""

import numpy as np

from fullconv.evaluate.maps.layers import Layers
from fullconv.evaluate.tables import Flags


def pointing_hits(layers: Layers) -> Flags:
    """Return for each class in the image (C,) whether its highest cell's centre lies in a box of the class.

    The border of a box belongs to it. Among equal scores the first cell in reading order counts. A crowd makes no
    trial, but its box is a place to hit.

    Source: Zhang et al. 2016, Top-down Neural Attention by Excitation Backprop, section 4.1.
    """
    count, _, width = layers.scores.shape
    best = layers.scores.reshape(count, -1).argmax(axis=1)
    place = np.stack([layers.x[best % width], layers.y[best // width]], axis=1)[:, None]
    inside = ((layers.box[:, :2] <= place) & (place <= layers.box[:, :2] + layers.box[:, 2:])).all(axis=2)
    hits: Flags = (inside & (layers.kind == np.arange(count)[:, None])).any(axis=1)
    return hits
