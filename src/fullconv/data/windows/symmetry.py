"""Which ways of turning an image leave a data set as it is: found by comparing images, not asked for."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Symmetries = tuple[str, ...]
TRANSPOSE = "transpose"  # rows and columns exchanged: who draws it exchanges height and width, too

# Of images (N, S, S, C).
_WAYS: dict[str, Callable[[npt.NDArray[np.generic]], npt.NDArray[np.generic]]] = {
    "left-right": lambda images: images[:, :, ::-1],
    "up-down": lambda images: images[:, ::-1],
    TRANSPOSE: lambda images: images.swapaxes(1, 2),
}
KNOWN = tuple(_WAYS)
_SIDE = 12  # pixels at which images are compared
_MOST = 1500  # images compared
# A turned image may lie so much farther from its class than the image itself, and be named rightly so much less often.
_FARTHER, _LESS = 1.12, 0.05
# Where images lie farther than this from the nearest of their class, pixels tell little: only mirroring is tried.
_UNLIKE = 0.8


def symmetries_of(images: npt.NDArray[np.uint8], labels: npt.NDArray[np.int32], seed: int) -> Symmetries:
    """Return the ways of turning crops (N, S, S, C) of classes (N,) that make no other pictures of them.

    A way is one if turned images lie as near to others of their class as the images themselves do, and are as often
    nearest to their own class.
    """
    chosen = np.random.default_rng([seed, len(images)]).permutation(len(images))[:_MOST]
    images, labels = images[chosen], labels[chosen]
    own = _features(images)
    distance, right = _nearest(own, own, labels)
    found = []
    ways = dict(list(_WAYS.items())[:1]) if np.median(distance) > _UNLIKE else _WAYS
    for name, turn in ways.items():
        farther, as_right = _nearest(_features(turn(images)), own, labels)
        if np.median(farther) <= _FARTHER * np.median(distance) and as_right.mean() >= right.mean() - _LESS:
            found.append(name)
    return tuple(found)


def turned(images: Floats, symmetries: Sequence[str], rng: np.random.Generator) -> Floats:
    """Return images (N, S, S, C), each mirrored or not in each of the ways, at random."""
    for name in (one for one in symmetries if one != TRANSPOSE):
        rows = np.flatnonzero(rng.random(len(images)) < 0.5)
        images[rows] = _WAYS[name](images[rows])
    return images


def _features(images: npt.NDArray[np.generic]) -> Floats:
    """Return images at a few pixels, their own brightness and contrast taken away, (N, D)."""
    side = images.shape[1]
    places = np.linspace(0, side, _SIDE + 1).round().astype(int)[:-1]
    small = np.add.reduceat(np.add.reduceat(images.astype(np.float32), places, axis=1), places, axis=2)
    flat = small.reshape(len(images), -1)
    flat = flat - flat.mean(axis=1, keepdims=True)
    features: Floats = flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-6)
    return features


def _nearest(asked: Floats, others: Floats, labels: npt.NDArray[np.int32]) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return the distance of each image to the nearest other of its class, and whether no other class is nearer."""
    near = 2 - 2 * asked @ others.T
    np.fill_diagonal(near, np.inf)  # an image that is its own mirror image tells nothing of the class
    same = labels[:, np.newaxis] == labels
    mine = np.where(same, near, np.inf).min(axis=1)
    other = np.where(same, np.inf, near).min(axis=1)
    mine = np.where(np.isfinite(mine), mine, 2.0)
    return np.sqrt(np.maximum(mine, 0)).astype(np.float32), mine <= other
