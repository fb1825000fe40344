"""Focus: how much of a class's score lies on the objects of that class?"""

import numpy as np

from fullconv.evaluate.maps.layers import Layers
from fullconv.evaluate.tables import Floats, Ints


def focus_shares(layers: Layers) -> Floats:
    """Return for each class in the image (C,) the share of its positive scores that lies in boxes of the class.

    A cell lies in a box when its window's centre does, the left and upper border included; 0 where no score is
    positive. Crowds of the class are its boxes too.

    Source: Arias-Duart et al. 2022, Focus! Rating XAI Methods and Finding Biases, section III: there the boxes are
    the quadrants of a mosaic and fill it.
    """
    relevance = np.maximum(layers.scores, 0)
    low = layers.box[:, :2]
    left, top = _first(layers.x, low[:, 0]), _first(layers.y, low[:, 1])
    high = low + layers.box[:, 2:]
    right, bottom = _first(layers.x, high[:, 0]), _first(layers.y, high[:, 1])
    shares = np.zeros(len(relevance))
    for kind, layer in enumerate(relevance):
        total = layer.sum(dtype=np.float64)
        if total <= 0:
            continue
        mine = np.flatnonzero(layers.kind == kind)
        if len(mine) == 1:
            one = mine[0]
            shares[kind] = layer[top[one] : bottom[one], left[one] : right[one]].sum(dtype=np.float64) / total
        else:
            covered = np.zeros(layer.shape, dtype=bool)
            for one in mine:
                covered[top[one] : bottom[one], left[one] : right[one]] = True
            shares[kind] = layer[covered].sum(dtype=np.float64) / total
    return shares


def _first(places: Floats, edge: Floats) -> Ints:
    return np.searchsorted(places, edge, "left")
