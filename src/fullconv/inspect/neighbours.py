"""Nearest neighbours among vectors, and how often they are of the same class."""

from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.errors import InputError

Array = npt.NDArray[Any]


def nearest(embedding: Array, count: int = 4) -> Array:
    """Return each vector's `count` nearest others `(N, count)` by index, Euclidean distance, the nearest first.

    Leave-one-out: no vector is its own neighbour. Equally far ones come in the order of their indices.

    Raises:
        InputError: fewer than `count + 1` vectors, or a number that is not finite.
    """
    from sklearn.neighbors import NearestNeighbors

    others = len(embedding) - 1
    if not 1 <= count <= others:
        raise InputError(
            "inspect.neighbours",
            f"{count} neighbours among {len(embedding)} images",
            f"Give 1 to {max(others, 1)}, or more images (inspect.images).",
        )
    if not np.isfinite(embedding).all():
        raise InputError("embedding", "holds NaN or infinity", "Look at the classifier's weights.")
    # A tree computes each distance by itself, so that equal vectors are equally far.
    search = NearestNeighbors(algorithm="ball_tree").fit(np.asarray(embedding, dtype=np.float64))
    asked = min(count + 1, others)
    while True:
        distances, indices = (np.asarray(one) for one in search.kneighbors(n_neighbors=asked))
        # Of those as far as the last that counts, scikit-learn gives any: ask until all of them are there.
        if asked == others or bool((distances[:, -1] > distances[:, count - 1]).all()):
            break
        asked = min(2 * asked, others)
    order = np.lexsort((indices, distances))[:, :count]
    return np.asarray(np.take_along_axis(indices, order, axis=1))


def _same(labels: Array, neighbours: Array) -> Array:
    return np.asarray(np.asarray(labels)[neighbours] == np.asarray(labels)[:, np.newaxis])


def agreement(labels: Array, neighbours: Array) -> float:
    """Return the share of neighbours `(N, k)` that have their query's label, 0..1, over all N queries.

    Example: labels 0, 0, 1 and neighbours [1], [2], [1] agree once in three times: 1/3.
    """
    return float(_same(labels, neighbours).mean())


def class_agreement(labels: Array, neighbours: Array, classes: int) -> list[float | None]:
    """Return the same over the queries of each class 0..classes - 1; None for a class without a query."""
    same, labels = _same(labels, neighbours), np.asarray(labels)
    return [float(same[labels == one].mean()) if (labels == one).any() else None for one in range(classes)]


def chance_agreement(labels: Array) -> float:
    """Return the agreement expected of neighbours drawn at random: Σ n(n - 1) / N(N - 1) over classes of n images."""
    counts = np.bincount(np.asarray(labels))
    total = len(labels)
    return float((counts * (counts - 1)).sum() / (total * (total - 1)))


def queries(labels: Array, count: int) -> list[int]:
    """Return up to `count` images to show: the first of each class, by class; then the second of each, and so on."""
    labels = np.asarray(labels)
    turn = np.zeros(len(labels), dtype=np.int64)
    for one in np.unique(labels):
        turn[labels == one] = np.arange((labels == one).sum())
    return [int(index) for index in np.lexsort((labels, turn))[:count]]
