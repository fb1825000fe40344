"""Grid pointing: how much of a class's score is nearest to its own object, among the objects of a scene?"""

import numpy as np

from fullconv.evaluate.maps.layers import Layers
from fullconv.evaluate.tables import Floats

# The distance to a box's centre decides where two boxes are equally near: pixels² per pixel². A power of two keeps
# real ties exact.
_TIE = 2.0**-30


def grid_shares(layers: Layers) -> Floats:
    """Return for each object whose class is once in the image the share of the class's positive scores in its part.

    An object's part of the scene is the cells whose window's centre is as near to its box as to any other's or
    nearer (pixels; in several boxes at once: nearest to the centre). The share is 0 where no score is positive.
    Without a second object there is no trial.

    Source: Rao, Böhle, Schiele 2022, Towards Better Understanding Attribution Methods, section 3.1 (GridPG, after
    Böhle et al. 2021): there the boxes are the cells of a grid and fill it, all of different classes.
    """
    objects = np.flatnonzero(~layers.crowd)
    kinds, first, count = np.unique(layers.kind[objects], return_index=True, return_counts=True)
    if len(objects) < 2 or not (count == 1).any():
        return np.zeros(0)
    away = _squared(layers.y, layers.box[objects, 1], layers.box[objects, 3])[:, :, None]
    away = away + _squared(layers.x, layers.box[objects, 0], layers.box[objects, 2])[:, None, :]
    nearest = away.min(axis=0)
    shares = []
    for kind, own in zip(kinds[count == 1], first[count == 1], strict=True):
        layer = np.maximum(layers.scores[kind], 0)
        total = layer.sum(dtype=np.float64)
        part = layer[away[own] == nearest].sum(dtype=np.float64)
        shares.append(part / total if total > 0 else 0.0)
    return np.array(shares)


def _squared(place: Floats, low: Floats, side: Floats) -> Floats:
    """Return squared distances (M, P) of places to the spans from `low` to `low + side`, ties by their middles."""
    beyond = np.maximum(np.maximum(low[:, None] - place, place - (low + side)[:, None]), 0.0)
    return beyond**2 + _TIE * (place - (low + side / 2)[:, None]) ** 2
