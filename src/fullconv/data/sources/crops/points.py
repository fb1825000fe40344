"""Objects of which only the centre is known: how large a square each gets."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from fullconv.data.sources.crops.places import Place
from fullconv.errors import InputError

_QUANTILE = 0.25  # of distances to the nearest neighbour: objects that touch are a diameter apart, others more


def squares(places: Sequence[Place], side: int | None) -> list[Place]:
    """Return places whose boxes are squares around the same centres, of one size for each class.

    The size is `side` pixels if that is given. Else it is a distance to the nearest other object of the picture: the
    lower quartile over the class's objects, which is about a diameter where some of them touch.

    Raises:
        InputError: no picture has two objects, so that nothing tells the size.
    """
    sizes = dict.fromkeys({one.label for one in places}, float(side or 0)) if side else _sizes(places)
    found = []
    for one in places:
        assert one.box is not None
        x, y, w, h = one.box
        size = sizes[one.label]
        found.append(replace(one, box=(x + w / 2 - size / 2, y + h / 2 - size / 2, size, size)))
    return found


def _sizes(places: Sequence[Place]) -> dict[str, float]:
    inside: dict[str, list[Place]] = defaultdict(list)
    for one in places:
        inside[one.name].append(one)
    distances: dict[str, list[float]] = defaultdict(list)
    for group in inside.values():
        if len(group) < 2:
            continue
        centres = np.array([(one.box[0] + one.box[2] / 2, one.box[1] + one.box[3] / 2) for one in group if one.box])
        for number, one in enumerate(group):
            away = np.hypot(*(np.delete(centres, number, axis=0) - centres[number]).T)
            if len(apart := away[away >= 1]):  # a point that was set twice is one object
                distances[one.label].append(float(apart.min()))
    every = [one for group in distances.values() for one in group]
    if not every:
        received = "data.points=true, and no picture with two objects whose distance would tell their size"
        raise InputError("data.side", received, "Give data.side=PIXELS, the size of an object in the pictures.")
    labels = {one.label for one in places}
    return {label: max(2.0, float(np.quantile(distances.get(label) or every, _QUANTILE))) for label in labels}
