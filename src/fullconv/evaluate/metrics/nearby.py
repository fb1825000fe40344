"""Boxes beside boxes: objects that overlap, detections away from every object, how their sizes compare."""

import numpy as np

from fullconv.evaluate.metrics.judgement import Judgement
from fullconv.evaluate.tables import Flags, Floats

_TOUCHING = 0.1  # IoU of two objects' boxes from which they count as touching


def size_ratios(judgement: Judgement) -> Floats:
    """Return log(found side / true side) of each detection (D,) by its centre's object; 0 without one."""
    matches, found, objects = judgement.by_centre, judgement.found, judgement.truth.objects
    ratios = np.zeros(len(found.score))
    paired = matches.target >= 0
    mine, theirs = found.box[matches.order[paired]], objects.box[matches.target[paired]]
    areas = np.maximum(theirs[:, 2] * theirs[:, 3], 1e-9)
    ratios[matches.order[paired]] = np.log(mine[:, 2] * mine[:, 3] / areas) / 2
    return ratios


def astray_flags(judgement: Judgement) -> Flags:
    """Return which detections (D,) have their centre in no object of their image, of whatever class."""
    found, objects, first = judgement.found, judgement.truth.objects, judgement.truth.first
    centre = (found.box[:, :2] + found.box[:, 2:] / 2)[:, np.newaxis]
    order = np.argsort(found.image, kind="stable")
    ends = np.searchsorted(found.image[order], np.arange(len(first)))
    astray: Flags = np.ones(len(found.image), np.bool_)
    for image in range(len(first) - 1):
        mine, box = order[ends[image] : ends[image + 1]], objects.box[first[image] : first[image + 1]]
        inside = (centre[mine] >= box[:, :2]) & (centre[mine] <= box[:, :2] + box[:, 2:])
        astray[mine] = ~np.any(np.all(inside, axis=2), axis=1)
    return astray


def touching_flags(judgement: Judgement) -> Flags:
    """Return which objects (M,) overlap another one of their image."""
    objects, first = judgement.truth.objects, judgement.truth.first
    touching: Flags = np.zeros(len(objects.image), np.bool_)
    for image in range(len(first) - 1):
        box = objects.box[first[image] : first[image + 1]]
        low, high = box[:, np.newaxis, :2], box[:, np.newaxis, :2] + box[:, np.newaxis, 2:]
        sides = np.minimum(high, high.swapaxes(0, 1)) - np.maximum(low, low.swapaxes(0, 1))
        shared = sides.clip(0).prod(axis=2)
        area = box[:, 2] * box[:, 3]
        alike = shared > _TOUCHING * (area[:, np.newaxis] + area - shared)
        np.fill_diagonal(alike, False)
        touching[first[image] : first[image + 1]] = alike.any(axis=1)
    return touching
